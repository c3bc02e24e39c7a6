/**
 * The only place that talks to MGN: it pages, translates records and errors, and decides nothing. Reads go through a
 * client that retries, writes through one that sends each call once, because a retried write that took effect looks
 * like somebody else's conflict.
 */
import {
  ChangeServerLifeCycleStateCommand,
  DescribeSourceServersCommand,
  FinalizeCutoverCommand,
  GetLaunchConfigurationCommand,
  StartCutoverCommand,
  TerminateTargetInstancesCommand,
  paginateDescribeJobLogItems,
  paginateDescribeJobs,
  paginateDescribeSourceServers,
  paginateListApplications,
  paginateListSourceServerActions,
  paginateListWaves,
  type DescribeJobsRequestFilters,
  type DescribeSourceServersRequestFilters,
  type MgnClient,
} from '@aws-sdk/client-mgn';
import { OutcomeUnknownError } from '../domain/errors.ts';
import type { Mgn, MgnTarget } from '../domain/ports.ts';
import { chunksOf } from '../domain/wave-plan.ts';
import {
  toApplication,
  toConfiguredAction,
  toJob,
  toJobLogItem,
  toLaunchConfiguration,
  toSourceServer,
  toWave,
} from './to-domain.ts';
import { translateError, type CallKind } from './translate-error.ts';

/** The two clients of one account and region. */
export interface MgnClients {
  /** Retries by itself. */
  readonly reader: MgnClient;
  /** Must be configured with `maxAttempts: 1`. */
  readonly writer: MgnClient;
}

/** Most IDs a describe filter takes (`mgn.md` A.2). */
const filterIDsMax = 200;
const filterJobIDsMax = 1_000;
/** Largest page the service gives (`mgn.md` A.4). */
const pageSize = 1_000;

/** MGN through the SDK, in the caller's account or, with `accountID`, in a linked one (global view). */
export function createMgn({ reader, writer }: MgnClients, { accountID }: MgnTarget): Mgn {
  const scope = scopeOf(accountID);
  const paging = { client: reader, pageSize };

  const describeServers = (filters: DescribeSourceServersRequestFilters) =>
    readAll('DescribeSourceServers', paginateDescribeSourceServers(paging, { filters, ...scope }), toSourceServer);
  const describeJobs = (filters: DescribeJobsRequestFilters) =>
    readAll('DescribeJobs', paginateDescribeJobs(paging, { filters, ...scope }), toJob);
  const inChunks = async <ID, Item>(ids: readonly ID[], size: number, read: (chunk: ID[]) => Promise<Item[]>) => {
    const items: Item[] = [];
    for (const chunk of chunksOf(ids, size)) items.push(...(await read(chunk)));
    return items;
  };

  return {
    listWaves: (waveIDs) =>
      readAll('ListWaves', paginateListWaves(paging, { filters: { waveIDs: [...waveIDs] }, ...scope }), toWave),
    listApplications: (filter) => {
      const filters =
        'waveIDs' in filter ? { waveIDs: [...filter.waveIDs] } : { applicationIDs: [...filter.applicationIDs] };
      return readAll('ListApplications', paginateListApplications(paging, { filters, ...scope }), toApplication);
    },
    describeSourceServers: (selection) => {
      const { isArchived } = selection;
      return 'applicationIDs' in selection
        ? inChunks(selection.applicationIDs, filterIDsMax, (applicationIDs) =>
            describeServers({ applicationIDs, isArchived }),
          )
        : inChunks(selection.sourceServerIDs, filterIDsMax, (sourceServerIDs) =>
            describeServers({ sourceServerIDs, isArchived }),
          );
    },
    describeJobsSince: (fromMs) => describeJobs({ fromDate: new Date(fromMs).toISOString() }),
    describeJobs: (jobIDs) => inChunks(jobIDs, filterJobIDsMax, (chunk) => describeJobs({ jobIDs: chunk })),
    describeJobLog: (jobID) =>
      readAll('DescribeJobLogItems', paginateDescribeJobLogItems(paging, { jobID, ...scope }), toJobLogItem),
    getLaunchConfiguration: (sourceServerID) =>
      call('GetLaunchConfiguration', 'read', async () =>
        toLaunchConfiguration(await reader.send(new GetLaunchConfigurationCommand({ sourceServerID, ...scope }))),
      ),
    listSourceServerActions: (sourceServerID) =>
      readAll(
        'ListSourceServerActions',
        paginateListSourceServerActions({ client: reader, pageSize: 100 }, { sourceServerID, ...scope }),
        toConfiguredAction,
      ),
    startCutover: (sourceServerIDs, tags) =>
      call('StartCutover', 'write', async () => {
        const input = { sourceServerIDs: [...sourceServerIDs], tags, ...scope };
        return toJob(present('StartCutover', (await writer.send(new StartCutoverCommand(input))).job));
      }),
    terminateTargetInstances: (sourceServerIDs, tags) =>
      call('TerminateTargetInstances', 'write', async () => {
        const input = { sourceServerIDs: [...sourceServerIDs], tags, ...scope };
        const answer = await writer.send(new TerminateTargetInstancesCommand(input));
        return toJob(present('TerminateTargetInstances', answer.job));
      }),
    changeServerLifeCycleState: (sourceServerID, state) =>
      call('ChangeServerLifeCycleState', 'write', async () =>
        toSourceServer(
          await writer.send(new ChangeServerLifeCycleStateCommand({ sourceServerID, lifeCycle: { state }, ...scope })),
        ),
      ),
    finalizeCutover: (sourceServerID) =>
      call('FinalizeCutover', 'write', async () =>
        toSourceServer(await writer.send(new FinalizeCutoverCommand({ sourceServerID, ...scope }))),
      ),
  };
}

/** The SDK's types want a member that is not given to be absent. */
function scopeOf(accountID: string | undefined): { accountID?: string } {
  return accountID === undefined ? {} : { accountID };
}

/**
 * One cheap read that shows whether MGN can be reached and used at all.
 *
 * @throws AccessDeniedError, AccountNotInitializedError or TransientServiceError with what is wrong.
 */
export async function probeMgn(reader: MgnClient, { accountID }: MgnTarget): Promise<void> {
  await call('DescribeSourceServers', 'read', () =>
    reader.send(
      new DescribeSourceServersCommand({ filters: { isArchived: false }, maxResults: 1, ...scopeOf(accountID) }),
    ),
  );
}

/** Pages to the end: an empty page with a token is legal, so only a missing token ends it (`mgn.md` A.4). */
async function readAll<SdkItem, Item>(
  operation: string,
  pages: AsyncIterable<{ items?: SdkItem[] | undefined }>,
  translate: (item: SdkItem) => Item,
): Promise<Item[]> {
  return call(operation, 'read', async () => {
    const items: Item[] = [];
    for await (const page of pages) items.push(...(page.items ?? []).map(translate));
    return items;
  });
}

async function call<Answer>(operation: string, kind: CallKind, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    throw translateError(error, operation, kind);
  }
}

/** A 202 without a job is an answer nobody can use: the call may have taken effect. */
function present<Value>(operation: string, value: Value | undefined): Value {
  if (value === undefined) throw new OutcomeUnknownError(`${operation}: the answer holds no job`);
  return value;
}
