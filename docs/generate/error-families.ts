/** The errors that Retry and Catch name, short enough for a picture: those that belong together have one name. */

interface Family {
  readonly name: string;
  readonly has: (error: string) => boolean;
}

const families: readonly Family[] = [
  { name: 'Lambda', has: (error) => /^(?:Lambda|Sandbox|Runtime)\./.test(error) },
  { name: 'Step Functions', has: (error) => error.startsWith('StepFunctions.') },
  { name: 'Sfn', has: (error) => error.startsWith('Sfn.') },
  { name: 'transient', has: (error) => ['TransientServiceError', 'LedgerConflictError'].includes(error) },
];

/** Names the errors of one Retry or Catch, such as "Lambda, States.Timeout"; States.ALL is any error. */
export function errorsInWords(errors: readonly string[]): string {
  return [...new Set(errors.map(errorInWords))].join(', ');
}

function errorInWords(error: string): string {
  if (error === 'States.ALL') return 'any error';
  return families.find(({ has }) => has(error))?.name ?? error;
}

/** A line for each family that is among the errors, with all of its errors that are; for the legend of a picture. */
export function familyLines(errors: readonly string[]): string[] {
  return families.flatMap(({ name, has }) => {
    const members = [...new Set(errors.filter(has))].sort();
    return members.length === 0 ? [] : [`${name}: ${members.join(', ')}`];
  });
}
