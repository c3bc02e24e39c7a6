/** A planted bug: a deliberate defect of the product, as data, and how it is put into a source text. */

/** One change of a source text. */
export interface Edit {
  /** Path from the project's root. */
  readonly file: string;
  /** Source text that occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A deliberate defect that the simulation has to find. */
export interface PlantedBug {
  /** In kebab case; what `PLANTED` names. */
  readonly name: string;
  /** What the product then does wrong, in one sentence. */
  readonly what: string;
  /** More than one only where a second guard of the product would hide the defect. */
  readonly edits: readonly Edit[];
  /** Whose promises it breaks: the checkers of which one has to tell. */
  readonly checkers: readonly [string, ...string[]];
}

/** The text to be replaced is not there exactly once any more: the source has changed, and the bug with it. */
export class StalePlantError extends Error {
  override readonly name = 'StalePlantError';
}

/**
 * The source with the bug in it.
 * @throws StalePlantError naming the bug and the file.
 */
export function planted(bug: PlantedBug, file: string, source: string): string {
  return bug.edits
    .filter((edit) => edit.file === file)
    .reduce((text, { find, replace }) => {
      const found = text.split(find).length - 1;
      if (found === 1) return text.replace(find, () => replace);
      throw new StalePlantError(`${bug.name}: ${file} holds ${String(found)} times what is to be replaced: ${find}`);
    }, source);
}
