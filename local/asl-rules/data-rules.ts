/** Rules over paths, the context object and constants: what the engine and AWS read differently (engine.md F2). */
import { TIMER_MAX_SECONDS } from '../machines.ts';
import type { State } from '../asl.ts';
import { type StateRule, type Violation, violationIf } from './rule.ts';

/** A string that is evaluated: a path or an intrinsic function. */
interface Expression {
  /** The state's field that it is part of. */
  readonly field: string;
  readonly key: string;
  readonly text: string;
}

/** Every evaluated string of a state, not counting the states within it. */
function expressionsOf(state: State): Expression[] {
  const own = Object.entries(state).filter(([key]) => key !== 'ItemProcessor' && key !== 'Branches');
  return own.flatMap(([key, value]) => expressionsIn(key, key, value));
}

function expressionsIn(field: string, key: string, value: unknown): Expression[] {
  if (typeof value === 'string') {
    const isEvaluated = key.endsWith('.$') || key.endsWith('Path') || key === 'Variable';
    return isEvaluated ? [{ field, key, text: value }] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => expressionsIn(field, '', item));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([innerKey, inner]) => expressionsIn(field, innerKey, inner));
  }
  return [];
}

/** The expression without its string literals, in which anything may stand. */
function withoutLiterals(text: string): string {
  return text.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
}

/** The engine keeps a result with ResultPath "$" under a key named "$" (row 5). */
const resultPathRoot: StateRule = (site) =>
  violationIf(
    site.state.ResultPath === '$',
    'result-path-root',
    site,
    'ResultPath "$" replaces the input in AWS only; leave it out.',
  );

/** Where nothing matches, AWS gives an empty list and the engine fails (row 6). */
const pathSubset: StateRule = (site) =>
  expressionsOf(site.state)
    .filter(({ text }) => /\.\.|\*|\[(?!\d+\]|''\])|@/.test(withoutLiterals(text)))
    .flatMap(({ key, text }) =>
      violationIf(
        true,
        'path-subset',
        site,
        `${key}: '${text}' selects by filter, slice or wildcard; select in the function.`,
      ),
    );

const everywhere = /^\$\$\.(Execution\.(Id|Name)|StateMachine\.(Id|Name))$/;
const outsideBranches = /^\$\$\.Execution\.(StartTime|Input(\..+)?)$/;
const ofMapItem = /^\$\$\.Map\.Item\.(Index|Value(\..+)?)$/;

/**
 * Execution.Input and StartTime are those of the iteration within a Map or Parallel (row 9); State.* and RedriveCount
 * are unknown to the engine (row 10).
 */
const contextObject: StateRule = (site) =>
  expressionsOf(site.state).flatMap(({ field, key, text }) => {
    const isInSelector = field === 'ItemSelector';
    const paths = withoutLiterals(text).match(/\$\$[\w.]*/g) ?? [];
    const isRight = (path: string) =>
      everywhere.test(path) ||
      (ofMapItem.test(path) && isInSelector) ||
      (path === '$$.Task.Token' && site.state.Resource?.endsWith('.waitForTaskToken') === true) ||
      (outsideBranches.test(path) && !site.isInBranch && !isInSelector);
    const wrong = paths.filter((path) => !isRight(path));
    return violationIf(
      wrong.length > 0,
      'context-object',
      site,
      `${key}: ${wrong.join(', ')} cannot be relied on here.`,
    );
  });

const isTests = ['IsPresent', 'IsNull', 'IsString', 'IsNumeric', 'IsBoolean', 'IsTimestamp'];

/** The engine never matches these (row 4). */
const choiceIsFalse: StateRule = (site) => {
  const found = isTests.filter((test) => says(site.state.Choices, test, false));
  return violationIf(found.length > 0, 'choice-is-false', site, `${found.join(', ')}: false never matches; use Not.`);
};

function says(value: unknown, key: string, expected: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return Object.entries(value).some(
    ([name, inner]) => (name === key && inner === expected) || says(inner, key, expected),
  );
}

const choiceDefault: StateRule = (site) =>
  violationIf(
    site.state.Type === 'Choice' && site.state.Default === undefined,
    'choice-default',
    site,
    'Where no choice matches the execution fails, and nothing can catch it.',
  );

/** The engine takes an empty or false Result for none (row 16). */
const passResult: StateRule = (site) => {
  const result = site.state['Result'];
  return violationIf(
    'Result' in site.state && (result === 0 || result === false || result === '' || result === null),
    'pass-result',
    site,
    'This Result is ignored by the engine; wrap it in an object.',
  );
};

/** A longer timer fires at once in the engine (row 15). */
const waitSeconds: StateRule = (site) => {
  const seconds = site.state['Seconds'];
  return violationIf(
    typeof seconds === 'number' && seconds > TIMER_MAX_SECONDS,
    'wait-seconds',
    site,
    `A wait may last ${TIMER_MAX_SECONDS} seconds at most.`,
  );
};

/** The engine reads these as plain paths (row 16). */
const failCausePath: StateRule = (site) =>
  ['CausePath', 'ErrorPath'].flatMap((key) => {
    const path = site.state[key];
    return violationIf(
      typeof path === 'string' && !path.startsWith('$'),
      'fail-cause-path',
      site,
      `${key} must be a plain path; compose the text in a state before.`,
    );
  });

/**
 * The validator refuses escaped braces in States.Format, StringSplit takes its delimiters as one (row 16), and
 * JsonMerge writes into its first argument, so that the state's own input changes under it.
 */
const intrinsicSubset: StateRule = (site) =>
  expressionsOf(site.state)
    .filter(
      ({ text }) =>
        /\\[{}]|States\.JsonMerge/.test(text) || /StringSplit\((?:[^']*),\s*'(?:[^'\\]|\\.){2,}'\s*\)/.test(text),
    )
    .flatMap(({ key }) =>
      violationIf(
        true,
        'intrinsic-subset',
        site,
        `${key}: escaped braces, several delimiters and JsonMerge work in AWS only.`,
      ),
    );

/** JSONata and variables are passed through unevaluated by the engine (row 14). */
const stateQueryLanguage: StateRule = (site): Violation[] => {
  const fields = ['QueryLanguage', 'Assign', 'Arguments', 'Output', 'Items'].filter((field) => field in site.state);
  const isJsonPath = fields.length === 1 && site.state['QueryLanguage'] === 'JSONPath';
  return violationIf(
    fields.length > 0 && !isJsonPath,
    'query-language',
    site,
    `${fields.join(', ')}: JSONata and variables have no effect in a local run.`,
  );
};

/** Rules over the data that a state reads and writes. */
export const dataRules: readonly StateRule[] = [
  resultPathRoot,
  pathSubset,
  contextObject,
  choiceIsFalse,
  choiceDefault,
  passResult,
  waitSeconds,
  failCausePath,
  intrinsicSubset,
  stateQueryLanguage,
];
