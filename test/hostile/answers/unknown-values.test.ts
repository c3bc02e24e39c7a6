/** Nights on which MGN has a new word for one thing: what is not understood is never taken for good, and nothing is done on it. */
import './quiet-sdk.ts';
import { breachesOf } from '../../support/breaches.ts';
import { aWave, eachOnItsOwn, inNight } from '../../support/a-run.ts';
import { changeAnswers, withDocument } from './change-answers.ts';

jest.setTimeout(60_000);

const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 45 };
const wave = aWave(
  [{ hostname: 'web-1', actions: [{ actionName: 'check', mustSucceedForCutover: true }], launchedInstance: 'test' }],
  { defaults: { timings } },
);
const options = {
  ...eachOnItsOwn,
  commit: 'auto',
  deadlines: {
    launchSeconds: 600,
    firstBootSeconds: 120,
    agentSeconds: 600,
    actionsSeconds: 1_200,
    runningJobsSeconds: 600,
  },
};

/** The members of that name with that value say something else, wherever they are in an answer. */
function reworded(document: unknown, member: string, from: string, to: unknown): unknown {
  if (Array.isArray(document)) return document.map((item) => reworded(item, member, from, to));
  if (typeof document !== 'object' || document === null) return document;
  const entries: [string, unknown][] = Object.entries(document);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === member && value === from ? to : reworded(value, member, from, to)]),
  );
}

/** Walks the night in other words; answers with how it ended. */
const walkReworded = (member: string, from: string, to: unknown) =>
  inNight(wave, async (night) => {
    night.services.watchClients((clients) => {
      changeAnswers(clients, (answer) => withDocument(answer, (document) => reworded(document, member, from, to)));
    });
    const walk = await night.walk({ input: { waveID: night.account().waves[0]?.waveID, options } });
    const { run, verdicts } = await night.read();
    const calls = night.writes.filter(({ error }) => error === undefined).map(({ operation }) => operation);
    return { walk, run, verdict: verdicts['web-1'], calls, breaches: await breachesOf(night) };
  });

it('would be finalized if all were as usual', async () => {
  const { verdict, breaches } = await walkReworded('nothing', 'nothing', 'nothing');
  expect({ verdict, breaches }).toEqual({ verdict: 'FINALIZED', breaches: [] });
});

const strange = ['SOMETHING_NEW', 'constructor', ''];

describe.each([
  ['lifeCycle.state', 'state', 'READY_FOR_CUTOVER'],
  ['dataReplicationState', 'dataReplicationState', 'CONTINUOUS'],
  ['launchDisposition', 'launchDisposition', 'STARTED'],
  ['the initiator of the test', 'initiatedBy', 'START_TEST'],
])('another word for %s', (_what, member, from) => {
  it.each(strange)('(%p) keeps the server from being touched', async (to) => {
    const { verdict, calls, breaches, run } = await walkReworded(member, from, to);
    expect({ verdict, calls, breaches }).toEqual({ verdict: 'BLOCKED', calls: [], breaches: [] });
    expect(run.end?.outcome).toBe('REFUSED');
  });
});

describe.each([
  ['launchStatus', 'launchStatus', 'LAUNCHED'],
  ['firstBoot', 'firstBoot', 'SUCCEEDED'],
  ['the snapshot’s end', 'event', 'SNAPSHOT_END'],
  ['an action’s success', 'executionStatus', 'SUCCESS'],
])('another word for %s', (_what, member, from) => {
  it.each(strange)('(%p) is no proof: the server is brought back', async (to) => {
    const { verdict, calls, breaches } = await walkReworded(member, from, to);
    expect({ verdict, breaches }).toEqual({ verdict: 'ROLLED_BACK', breaches: [] });
    expect(calls).not.toContain('FinalizeCutover');
  });
});

describe.each([
  ['lifeCycle.state in a cutover', 'state', 'CUTTING_OVER'],
  ['a job’s end', 'status', 'COMPLETED'],
])('another word for %s', (_what, member, from) => {
  it.each(strange)('(%p) leaves the server to a person or untouched, and never finalized', async (to) => {
    const { verdict, calls, breaches, run } = await walkReworded(member, from, to);
    expect(breaches).toEqual([]);
    expect(['NEEDS_A_PERSON', 'BLOCKED', 'NOT_STARTED']).toContain(verdict);
    expect(run.end).toBeDefined();
    expect(calls).not.toContain('FinalizeCutover');
  });
});

it.each(strange)('another word (%p) for CUTOVER is no proof that a server was finalized', async (to) => {
  const { verdict, breaches } = await walkReworded('state', 'CUTOVER', to);
  expect(breaches).toEqual([]);
  expect(verdict).toBe('NEEDS_A_PERSON');
});

it.each(strange)(
  'another word (%p) for who began the cutover disowns nothing: the job has the run’s tag',
  async (to) => {
    const { breaches, run } = await walkReworded('initiatedBy', 'START_CUTOVER', to);
    expect(breaches).toEqual([]);
    expect(run.end).toBeDefined();
  },
);
