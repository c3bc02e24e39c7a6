/** The errors that state machines match, with what the code says of each and where each is matched. */
import ts from 'typescript';
import { machineDefinitions } from './machine-diagram.ts';
import { codeCell, madeFrom, plainCell, table } from './markdown.ts';
import { statesOf } from './machine-states.ts';

/** Makes the lines of a table from the text of `functions/domain/errors.ts`. */
export function errorPage(source: string): string {
  const rows = classesOf(source).map(({ name, meaning }) => {
    const [retried, caught] = ['Retry', 'Catch'] as const;
    return [codeCell(name), plainCell(meaning), placesOf(name, retried), placesOf(name, caught)];
  });
  return [
    madeFrom('`functions/domain/errors.ts` and `statemachine/`'),
    '',
    '# Errors of the steps',
    '',
    'A step ends in a result or in one of these errors. They are few, chosen by what happens next: the state machine tries again, looks first whether the call took effect, waits, or records the failure and goes on with what can be saved. An error that is neither retried nor caught by its name is caught by `States.ALL`, which every step has.',
    '',
    ...table(['error', 'meaning', 'retried by', 'caught by'], rows),
    '',
    'The pictures of the machines, with every retry and every catch: [state machines](../state-machines.md).',
    '',
  ].join('\n');
}

function classesOf(source: string): { readonly name: string; readonly meaning: string }[] {
  const file = ts.createSourceFile('errors.ts', source, ts.ScriptTarget.Latest, true);
  return file.statements.filter(ts.isClassDeclaration).map((statement) => ({
    name: statement.name?.text ?? '',
    meaning: commentOf(statement),
  }));
}

function commentOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node);
  const text = comment === undefined ? '' : (ts.getTextOfJSDocComment(comment.comment) ?? '');
  return text.replace(/\s+/g, ' ').trim();
}

/** More states than this are counted and not named. */
const manyStates = 5;

/** The machines, and which or how many of their states name the error; a dash where none does. */
function placesOf(error: string, field: 'Retry' | 'Catch'): string {
  const places = Object.entries(machineDefinitions).flatMap(([machine, definition]) => {
    const states = statesOf(definition).filter(([, state]) =>
      (state[field] ?? []).some(({ ErrorEquals }) => ErrorEquals.includes(error)),
    );
    if (states.length === 0) return [];
    const names =
      states.length > manyStates ? `${String(states.length)} states` : states.map(([name]) => name).join(', ');
    return [`${machine} (${names})`];
  });
  return places.length === 0 ? '–' : places.join('; ');
}
