/** The state machines that did the work, as pictures made from their definitions. */
import { html, trusted, type Html } from '../html.ts';
import { section } from './section.ts';

/** A picture of a state machine, which its own program drew. */
export interface Diagram {
  /** Name of the state machine, such as `wave-cutover`. */
  readonly machine: string;
  /** An `svg` element whose IDs are of no other picture. */
  readonly svg: string;
}

/** The section; undefined where there are no pictures. */
export function machinesSection(diagrams: readonly Diagram[]): Html | undefined {
  if (diagrams.length === 0) return undefined;
  const pictures = diagrams.map(
    ({ machine, svg }) =>
      html`<details class="machine">
        <summary>State machine ${machine}</summary>
        <div class="wide" role="region" aria-label="State machine ${machine}" tabindex="0">${trusted(svg)}</div>
      </details>`,
  );
  return section('machines', 'State machines', [
    html`<p>What the run goes through, drawn from the definitions that were executed.</p>`,
    ...pictures,
  ]);
}
