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
import { OutcomeUnknownError, TransientServiceError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { Answered, Mgn, MgnTarget } from '../domain/ports.ts';
import type { SourceServer } from '../domain/source-server.ts';
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

  const describeServers = async (filters: DescribeSourceServersRequestFilters) => {
    const pages = paginateDescribeSourceServers(paging, { filters, ...scope });
    return lastOfEach(await readAll('DescribeSourceServers', pages, toSourceServer), (server) => server.sourceServerID);
  };
  const describeJobs = async (filters: DescribeJobsRequestFilters) => {
    const pages = paginateDescribeJobs(paging, { filters, ...scope });
    return lastOfEach(await readAll('DescribeJobs', pages, toJob), (job) => job.jobID);
  };
  const inChunks = async <ID, Item>(ids: readonly ID[], size: number, read: (chunk: ID[]) => Promise<Item[]>) => {
    const items: Item[] = [];
    for (const chunk of chunksOf(ids, size)) items.push(...(await read(chunk)));
    return items;
  };

  return {
    listWaves: (waveIDs) =>
      readAll('ListWaves', paginateListWaves(paging, { filters: { waveIDs: [...waveIDs] }, ...scope }), toWave),
    listApplications: async (filter) => {
      const filters =
        'waveIDs' in filter ? { waveIDs: [...filter.waveIDs] } : { applicationIDs: [...filter.applicationIDs] };
      const pages = paginateListApplications(paging, { filters, ...scope });
      const listed = await readAll('ListApplications', pages, toApplication);
      const applications = lastOfEach(listed, ({ applicationID }) => applicationID);
      const asked = 'waveIDs' in filter ? undefined : filter.applicationIDs;
      return asked === undefined ? applications : onlyAsked(applications, asked, ({ applicationID }) => applicationID);
    },
    describeSourceServers: (selection) => {
      const { isArchived } = selection;
      return 'applicationIDs' in selection
        ? inChunks(selection.applicationIDs, filterIDsMax, async (applicationIDs) =>
            onlyAsked(
              await describeServers({ applicationIDs, isArchived }),
              applicationIDs,
              (its) => its.applicationID,
            ),
          )
        : inChunks(selection.sourceServerIDs, filterIDsMax, async (sourceServerIDs) =>
            onlyAsked(
              await describeServers({ sourceServerIDs, isArchived }),
              sourceServerIDs,
              (its) => its.sourceServerID,
            ),
          );
    },
    describeJobsSince: (fromMs) => describeJobs({ fromDate: new Date(fromMs).toISOString() }),
    describeJobs: (jobIDs) =>
      inChunks(jobIDs, filterJobIDsMax, async (chunk) =>
        onlyAsked(await describeJobs({ jobIDs: chunk }), chunk, (job) => job.jobID),
      ),
    describeJobLog: (jobID) =>
      readAll('DescribeJobLogItems', paginateDescribeJobLogItems(paging, { jobID, ...scope }), toJobLogItem),
    getLaunchConfiguration: (sourceServerID) =>
      call('GetLaunchConfiguration', 'read', async () => {
        const answer = await reader.send(new GetLaunchConfigurationCommand({ sourceServerID, ...scope }));
        refuseOther(answer, sourceServerID);
        return toLaunchConfiguration(answer);
      }),
    listSourceServerActions: (sourceServerID) =>
      readAll(
        'ListSourceServerActions',
        paginateListSourceServerActions({ client: reader, pageSize: 100 }, { sourceServerID, ...scope }),
        toConfiguredAction,
      ),
    startCutover: (sourceServerIDs, tags) =>
      call('StartCutover', 'write', async () => {
        const input = { sourceServerIDs: [...sourceServerIDs], tags, ...scope };
        return started('StartCutover', await writer.send(new StartCutoverCommand(input)));
      }),
    terminateTargetInstances: (sourceServerIDs, tags) =>
      call('TerminateTargetInstances', 'write', async () => {
        const input = { sourceServerIDs: [...sourceServerIDs], tags, ...scope };
        return started('TerminateTargetInstances', await writer.send(new TerminateTargetInstancesCommand(input)));
      }),
    changeServerLifeCycleState: (sourceServerID, state) =>
      call('ChangeServerLifeCycleState', 'write', async () => {
        const input = { sourceServerID, lifeCycle: { state }, ...scope };
        return changed(sourceServerID, await writer.send(new ChangeServerLifeCycleStateCommand(input)));
      }),
    finalizeCutover: (sourceServerID) =>
      call('FinalizeCutover', 'write', async () =>
        changed(sourceServerID, await writer.send(new FinalizeCutoverCommand({ sourceServerID, ...scope }))),
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

/** Most pages of one list, empty ones included, and most items in all: what is longer never ends. */
const pagesMax = 1_000;
const itemsMax = 100_000;

/**
 * Pages to the end: an empty page with a token is legal, so only a missing token ends it (`mgn.md` A.4). An answer without
 * any list says nothing, which is not the same as an empty list.
 */
async function readAll<Item>(
  operation: string,
  pages: AsyncIterable<{ items?: unknown; nextToken?: string | undefined }>,
  translate: (item: unknown) => Item,
): Promise<Item[]> {
  return call(operation, 'read', async () => {
    const items: Item[] = [];
    const tokens = new Set<string>();
    let isListed = false;
    for await (const { items: listed, nextToken } of pages) {
      if (listed !== undefined && !Array.isArray(listed)) throw new TransientServiceError('its items are no list');
      isListed ||= listed !== undefined;
      for (const item of listed ?? []) items.push(translate(item));
      if (nextToken === undefined || nextToken === '') break;
      if (tokens.has(nextToken)) throw new TransientServiceError('its pages go round in a circle');
      tokens.add(nextToken);
      if (tokens.size >= pagesMax || items.length > itemsMax)
        throw new TransientServiceError(`its pages do not end (${String(items.length)} items so far)`);
    }
    if (!isListed) throw new TransientServiceError('the answer holds no items, not even an empty list of them');
    return items;
  });
}

/** While it is paged through, a list may change and show a record a second time: the later one is the newer one. */
function lastOfEach<Item>(items: readonly Item[], idOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [idOf(item), item])).values()];
}

/** What was not asked for is the answer to another question, and so is all that comes with it. */
function onlyAsked<Item>(
  items: readonly Item[],
  asked: readonly string[],
  idOf: (item: Item) => string | undefined,
): Item[] {
  const ids = new Set<string | undefined>(asked);
  const stranger = items.find((item) => !ids.has(idOf(item)));
  if (stranger !== undefined)
    throw new TransientServiceError(`MGN answered with ${idOf(stranger) ?? 'something'}, which was not asked for`);
  return [...items];
}

/** A configuration that names no server and no template is an empty answer, and would mean that no action is to run. */
function refuseOther(
  answer: { sourceServerID?: string | undefined; ec2LaunchTemplateID?: string | undefined },
  asked: string,
): void {
  const { sourceServerID = answer.ec2LaunchTemplateID === undefined ? 'none' : asked } = answer;
  if (sourceServerID !== asked)
    throw new TransientServiceError(`MGN answered with a launch configuration that is not that of ${asked}`);
}

async function call<Answer>(operation: string, kind: CallKind, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    throw translateError(error, operation, kind);
  }
}

/** The source server that was changed; an answer about another one leaves open what became of this one. */
function changed(asked: string, answer: MetadataBearer): SourceServer & Answered {
  const server = toSourceServer(answer);
  if (server.sourceServerID === asked) return { ...server, requestID: answer.$metadata.requestId };
  throw new OutcomeUnknownError(`the answer is about ${server.sourceServerID}, not about ${asked}`);
}

/** Of every answer of the SDK. */
interface MetadataBearer {
  readonly $metadata: { readonly requestId?: string | undefined };
}

/** A 202 without a job is an answer nobody can use: the call may have taken effect. */
function started(operation: string, { job, $metadata }: MetadataBearer & { job?: unknown }): Job & Answered {
  if (job === undefined) throw new OutcomeUnknownError(`${operation}: the answer holds no job`);
  return { ...toJob(job), requestID: $metadata.requestId };
}
