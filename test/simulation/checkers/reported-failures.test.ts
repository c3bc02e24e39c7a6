import type { Walk } from '../../support/a-run.ts';
import type { HistoryEvent } from '../../../local/history.ts';
import type { Scene, Started } from '../scene.ts';
import { aNight, changeRun, foundBy } from './doctored-night.ts';
import { reportedFailures } from './reported-failures.ts';

const night = aNight([{ hostname: 'web-1', cutover: 'launchFailed' }], {
  stepFaults: [{ step: 4, fault: 'error', error: 'TypeError', times: 1 }],
});

async function anEnd(): Promise<[Started & { walk: Walk }, Scene]> {
  const ends: [Started & { walk: Walk }, Scene][] = [];
  await foundBy(reportedFailures, aNight([{ hostname: 'web-1', cutover: 'launchFailed' }]), {
    afterExecution: (ended, scene) => {
      ends.push([ended, scene]);
      return [];
    },
  });
  const [first] = ends;
  if (first === undefined) throw new Error('no execution has ended');
  return first;
}

it('finds nothing where a run fails in words of its own, or by what the script throws', async () => {
  expect(await foundBy(reportedFailures, night)).toEqual([]);
});

it.each([
  ['RangeError', 'out of range', 'which nobody has named'],
  ['ConflictError', 'it is [object Object]', 'an object in place of words'],
  ['ConflictError', 'server undefined is held', 'a value that was missing'],
  ['ConflictError', 'bad\n    at start (/var/task/index.js:1:2)', 'a stack trace'],
  ['ConflictError', 'x'.repeat(40_000), 'longer than Step Functions keeps'],
  ['OutcomeNotRecorded', 'nobody knows why', 'has not recorded its outcome'],
])('finds a failure by %s', async (error, cause, found) => {
  const [ended, scene] = await anEnd();
  const failed = { executionArn: 'arn', machine: 'wave-cutover', id: 1, timestampMs: 0, error, cause };
  const events: HistoryEvent[] = [{ ...failed, type: 'ExecutionFailed', status: 'FAILED' }];

  expect(reportedFailures().afterExecution?.({ ...ended, walk: { ...ended.walk, events } }, scene)).toEqual([
    expect.stringContaining(found),
  ]);
});

it('finds a run that is left open after its execution failed', async () => {
  const found = await foundBy(reportedFailures, night, {
    atEnd: (scene) => changeRun(scene, () => ({ end: undefined })),
  });

  expect(found).toEqual(['run night-1 has no end after wave-cutover night-1 ended FAILED']);
});
