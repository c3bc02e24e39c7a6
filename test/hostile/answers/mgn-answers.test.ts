/** Every call of MGN, answered with anything: a failure has a name and words, and what is believed is what it should be. */
import './quiet-sdk.ts';
import type { Mgn } from '../../../functions/domain/ports.ts';
import { createMgn } from '../../../functions/mgn/mgn-adapter.ts';
import { createMgnClients } from '../../../functions/mgn/mgn-clients.ts';
import { createRequestHandler } from '../../../simulator/request-handler.ts';
import { clientOptions, simulatedAccount } from '../../simulator/simulated-account.ts';
import { applicationID, jobID, sourceServerID, waveID } from '../../support/domain-builders.ts';
import { mutated } from '../doors/mutations.ts';
import { tryCases } from '../doors/seeded-cases.ts';
import {
  changeAnswers,
  itemsOf,
  membersOf,
  withDocument,
  type ChangeAnswer,
  type WireAnswer,
} from './change-answers.ts';
import { faultsOf, rejectionOf } from './tidy-error.ts';
import { wreckages } from './wreckage.ts';

jest.setTimeout(60_000);

const id = sourceServerID(1);
const scenario = {
  waves: [
    {
      name: 'night-1',
      waveID: waveID(1),
      applications: [
        {
          name: 'shop',
          applicationID: applicationID(1),
          servers: [
            {
              hostname: 'web-1',
              sourceServerID: id,
              launchedInstance: 'test',
              actions: [{ actionName: 'Join domain', mustSucceedForCutover: true, timeoutSeconds: 60 }],
            },
            { hostname: 'web-2', sourceServerID: sourceServerID(2), launchedInstance: 'none' },
            { hostname: 'web-3', sourceServerID: sourceServerID(3), lifeCycleState: 'CUTTING_OVER' },
          ],
        },
      ],
    },
  ],
};

/** MGN of a small account, whose answers become what `change` makes of them; each operation is answered as its first call was. */
const mgnThrough = async (change: ChangeAnswer) => {
  const { simulator, advanceSeconds } = simulatedAccount(scenario);
  const requestHandler = createRequestHandler(simulator, () => Promise.resolve());
  const calm = createMgn(createMgnClients({ ...clientOptions, requestHandler }), {});
  const { jobID: startedID } = await calm.startCutover([sourceServerID(2)], { CutoverAttempt: 'one' });
  advanceSeconds(1_800);
  const { writer } = createMgnClients({ ...clientOptions, requestHandler });
  const first = new Map<string, WireAnswer>();
  changeAnswers({ reader: writer, writer }, (answer, operation) => {
    const known = first.get(operation) ?? answer;
    first.set(operation, known);
    return change(known, operation);
  });
  return { mgn: createMgn({ reader: writer, writer }, {}), startedID };
};

type Call = (mgn: Mgn, startedID: Awaited<ReturnType<typeof mgnThrough>>['startedID']) => Promise<unknown>;

const reads: readonly (readonly [string, Call])[] = [
  ['listWaves', (mgn) => mgn.listWaves([waveID(1)])],
  ['listApplications', (mgn) => mgn.listApplications({ waveIDs: [waveID(1)] })],
  ['describeSourceServers', (mgn) => mgn.describeSourceServers({ sourceServerIDs: [id], isArchived: false })],
  ['describeJobsSince', (mgn) => mgn.describeJobsSince(0)],
  ['describeJobs', (mgn, startedID) => mgn.describeJobs([startedID])],
  ['describeJobLog', (mgn, startedID) => mgn.describeJobLog(startedID)],
  ['getLaunchConfiguration', (mgn) => mgn.getLaunchConfiguration(id)],
  ['listSourceServerActions', (mgn) => mgn.listSourceServerActions(id)],
];
const writes: readonly (readonly [string, Call])[] = [
  ['startCutover', (mgn) => mgn.startCutover([id], { CutoverAttempt: 'two' })],
  ['terminateTargetInstances', (mgn) => mgn.terminateTargetInstances([id], { CutoverAttempt: 'two' })],
  ['changeServerLifeCycleState', (mgn) => mgn.changeServerLifeCycleState(sourceServerID(3), 'READY_FOR_CUTOVER')],
  ['finalizeCutover', (mgn) => mgn.finalizeCutover(sourceServerID(3))],
];

/** Names that say that a write certainly had no effect. */
const noEffect = ['ThrottledError', 'QuotaExceededError', 'RequestRefusedError', 'NotFoundError', 'AccessDeniedError'];

describe.each([...reads, ...writes])('%s', (name, call) => {
  const isWrite = writes.some(([known]) => known === name);

  it.each(wreckages)('fails by name when it is answered with %s', async (_what, wreck) => {
    const { mgn, startedID } = await mgnThrough(wreck);
    const error = await rejectionOf(call(mgn, startedID));
    expect(error).toBeInstanceOf(Error);
    expect(faultsOf(error)).toEqual([]);
    if (isWrite) expect(noEffect).not.toContain(error instanceof Error ? error.name : '');
  });

  it('gives what it should give, or fails by name, whatever is done to its answer', async () => {
    let change: ChangeAnswer = (answer) => answer;
    const { mgn, startedID } = await mgnThrough((answer, operation) => change(answer, operation));
    await call(mgn, startedID);
    await tryCases(
      name,
      200,
      (random) => random,
      async (random) => {
        change = (answer) => withDocument(answer, (document) => mutated(membersOf(document), random));
        const answer: unknown = await call(mgn, startedID).catch((error: unknown) => {
          expect(faultsOf(error)).toEqual([]);
        });
        // What does not survive JSON would break the ledger's record of it.
        if (answer === undefined) return;
        expect(JSON.parse(JSON.stringify(answer))).toEqual(withoutUndefined(answer));
        expect(strangeMembers(answer)).toEqual([]);
      },
    );
  });
});

const numbers = /^(lagMs|backloggedBytes|at|timeoutSeconds|\w+At)$/;
const flags = /^(is[A-Z]\w+|mustSucceedForCutover)$/;
const lists = /^(participatingServers|actionRuns|documents)$/;
const records = /^(lastTest|lastCutover|launchedInstance|tags|settings)$/;

/** The members that are of another kind than the domain's types say. */
function strangeMembers(value: unknown, member = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => strangeMembers(item, member));
  return Object.entries(membersOf(value)).flatMap(([key, inner]) => {
    if (inner === undefined) return [];
    const isRight =
      (numbers.test(key) && typeof inner === 'number') ||
      (flags.test(key) && typeof inner === 'boolean') ||
      (lists.test(key) && Array.isArray(inner)) ||
      (records.test(key) && typeof inner === 'object' && !Array.isArray(inner)) ||
      (!numbers.test(key) && !flags.test(key) && !lists.test(key) && !records.test(key) && typeof inner === 'string');
    const inTags = member === 'tags' || member === 'settings';
    return isRight || (inTags && typeof inner === 'string') ? strangeMembers(inner, key) : [`${member}.${key}`];
  });
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries.flatMap(([key, member]) => (member === undefined ? [] : [[key, withoutUndefined(member)]])),
  );
}

describe('pages', () => {
  const paged = reads.filter(([name]) => name !== 'getLaunchConfiguration');

  it.each(paged)('%s ends when the same token comes again', async (_name, call) => {
    const { mgn, startedID, sent } = await endless(() => 'again');
    const error = await rejectionOf(call(mgn, startedID));
    expect(faultsOf(error)).toEqual([]);
    expect(error).toMatchObject({ name: 'TransientServiceError', message: expect.stringContaining('circle') });
    expect(sent()).toBeLessThan(5);
  });

  it.each(paged)('%s ends when tokens never end', async (_name, call) => {
    const { mgn, startedID } = await endless((page) => `page-${String(page)}`);
    const error = await rejectionOf(call(mgn, startedID));
    expect(faultsOf(error)).toEqual([]);
    expect(error).toMatchObject({ name: 'TransientServiceError', message: expect.stringContaining('do not end') });
  });

  it('takes the later one of two records of a server', async () => {
    const { mgn } = await mgnThrough((answer) =>
      withDocument(answer, (document) => {
        const [first] = itemsOf(document);
        return { items: [first, { ...membersOf(first), lifeCycle: { state: 'CUTTING_OVER' } }] };
      }),
    );
    const servers = await mgn.describeSourceServers({ sourceServerIDs: [id], isArchived: false });
    expect(servers.map(({ lifeCycleState }) => lifeCycleState)).toEqual(['CUTTING_OVER']);
  });
});

/** MGN every page of whose answers is the same, and says that there is another. */
const endless = async (tokenOf: (page: number) => string) => {
  let page = 0;
  const change: ChangeAnswer = (answer) => {
    page += 1;
    return withDocument(answer, (document) => ({ ...membersOf(document), nextToken: tokenOf(page) }));
  };
  return { ...(await mgnThrough(change)), sent: () => page };
};

describe('answers to another question', () => {
  const strangers: readonly (readonly [string, Call, string])[] = [
    [
      'source servers',
      (mgn) => mgn.describeSourceServers({ sourceServerIDs: [id], isArchived: false }),
      'sourceServerID',
    ],
    ['applications', (mgn) => mgn.listApplications({ applicationIDs: [applicationID(1)] }), 'applicationID'],
    ['jobs', (mgn, startedID) => mgn.describeJobs([startedID]), 'jobID'],
  ];
  const others = { sourceServerID: sourceServerID(77), applicationID: applicationID(77), jobID: jobID(77) };

  it.each(strangers)('%s that nobody asked for are not believed', async (_what, call, member) => {
    const { mgn, startedID } = await mgnThrough((answer) =>
      withDocument(answer, (document) => {
        const [first] = itemsOf(document);
        const stranger = { ...membersOf(first), arn: undefined, ...others };
        return { items: [first, { ...stranger, [member]: membersOf(others)[member] }] };
      }),
    );
    expect(await rejectionOf(call(mgn, startedID))).toMatchObject({
      name: 'TransientServiceError',
      message: expect.stringContaining('not asked for'),
    });
  });

  it('the launch configuration of another server is not believed', async () => {
    const { mgn } = await mgnThrough((answer) =>
      withDocument(answer, (document) => ({ ...membersOf(document), sourceServerID: sourceServerID(77) })),
    );
    expect(await rejectionOf(mgn.getLaunchConfiguration(id))).toMatchObject({ name: 'TransientServiceError' });
  });

  it.each(writes.slice(2))('%s answered about another server leaves open what it did', async (_name, call) => {
    const { mgn, startedID } = await mgnThrough((answer) =>
      withDocument(answer, (document) => ({
        ...membersOf(document),
        arn: undefined,
        sourceServerID: sourceServerID(77),
      })),
    );
    expect(await rejectionOf(call(mgn, startedID))).toMatchObject({ name: 'OutcomeUnknownError' });
  });

  it('a job that says two things of one server says nothing of it that is believed', async () => {
    const { mgn, startedID } = await mgnThrough((answer) =>
      withDocument(answer, (document) => ({
        items: itemsOf(document).map((job) => {
          const { participatingServers } = membersOf(job);
          const part: unknown = Array.isArray(participatingServers) ? participatingServers[0] : undefined;
          return { ...membersOf(job), participatingServers: [{ ...membersOf(part), launchStatus: 'FAILED' }, part] };
        }),
      })),
    );
    const [job] = await mgn.describeJobs([startedID]);
    expect(job?.participatingServers.map(({ launchStatus }) => launchStatus)).toEqual(['contradictory']);
  });
});
