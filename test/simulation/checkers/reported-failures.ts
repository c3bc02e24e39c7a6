/**
 * An execution that fails says so in words a person can use: an error of a class of our own, of Step Functions' or of
 * Lambda's, with a readable cause. And what it was at is brought to an end all the same.
 */
import { errorNames } from '../../../functions/domain/errors.ts';
import type { HistoryEvent } from '../../../local/history.ts';
import { stateMachineFiles } from '../../../local/state-machines.ts';
import { runIDOf } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import type { Script } from '../script.ts';

/** Watches failures. */
export function reportedFailures(): Checker {
  return {
    name: 'reported-failures',
    afterExecution({ name, walk }, { script }) {
      const injected = injectedErrors(script);
      return [
        ...walk.events.flatMap((event) => unreadable(event, injected).map((what) => `${name}: ${what}`)),
        ...walk.events.flatMap((event) => unrecorded(event, script).map((what) => `${name}: ${what}`)),
      ];
    },
    atEnd: openAfterFailure,
  };
}

/** Errors that `Fail` states give. */
const endings: ReadonlySet<string> = new Set(
  Object.values(stateMachineFiles).flatMap(({ States }) =>
    Object.values(States).flatMap((state) => ('Error' in state ? [state.Error] : [])),
  ),
);
const own: ReadonlySet<string> = new Set(errorNames);

function injectedErrors({ stepFaults }: Script): ReadonlySet<string> {
  return new Set(stepFaults.flatMap((fault) => ('error' in fault ? [fault.error] : [])));
}

function unreadable(event: HistoryEvent, injected: ReadonlySet<string>): string[] {
  if (!('error' in event) || event.error === undefined) return [];
  const { error, cause = '' } = event;
  const where = `${event.machine}${'stateName' in event ? `/${event.stateName}` : ''}`;
  const isNamed =
    own.has(error) || endings.has(error) || injected.has(error) || /^(States|Sfn|Lambda|Sandbox|Runtime)\./.test(error);
  return [
    ...(isNamed ? [] : [`${where} fails with ${error}, which nobody has named: ${cause.slice(0, 300)}`]),
    ...badWords(cause).map((what) => `${where} fails with ${error} and a cause ${what}: ${cause.slice(0, 300)}`),
  ];
}

const causeBytesMax = 32 * 1_024;

function badWords(cause: string): string[] {
  return [
    ...(/\n\s+at |\\n\s+at .*:\d+:\d+/.test(cause) ? ['with a stack trace'] : []),
    ...(cause.includes('[object ') ? ['with an object in place of words'] : []),
    ...(/\bundefined\b|\bNaN\b/.test(cause) ? ['with a value that was missing'] : []),
    ...(Buffer.byteLength(cause) > causeBytesMax ? ['longer than Step Functions keeps'] : []),
  ];
}

/** An outcome stays unrecorded only where the ledger could not be written, or the step that writes it could not run. */
function unrecorded(event: HistoryEvent, { ledgerFaults, stepFaults, acts }: Script): string[] {
  if (event.type !== 'ExecutionFailed' || event.error !== 'OutcomeNotRecorded') return [];
  const isKept = ledgerFaults.length > 0 || stepFaults.length > 0 || acts.length > 1;
  return isKept ? [] : [`${event.machine} has not recorded its outcome: ${event.cause ?? ''}`];
}

async function openAfterFailure({ night, started }: Scene): Promise<string[]> {
  const found: string[] = [];
  for (const runID of new Set(started.map((one) => one.runID))) {
    const bad = started.find((one) => one.runID === runID && one.walk?.result.status !== 'SUCCEEDED');
    const run = (await night.ledger.readRun(runIDOf(runID)))?.value;
    if (bad !== undefined && run !== undefined && run.end === undefined)
      found.push(
        `run ${runID} has no end after ${bad.machine} ${bad.name} ended ${bad.walk?.result.status ?? 'never'}`,
      );
  }
  return found;
}
