/** Working on the hooks of one run: beginning tries, looking at those that run, and keeping what became of them. */
import { hookPayload } from '../domain/hook-payload.ts';
import {
  groupOf,
  hooksToBegin,
  isStillWanted,
  plannedHooks,
  recordOf,
  serversFor,
  type HookPlace,
  type PlannedHook,
} from '../domain/hook-plan.ts';
import { timeoutSecondsOf, type HookInput } from '../domain/hook-options.ts';
import {
  beginTry,
  endTry,
  isTryOverdue,
  judgeLag,
  newHookRecord,
  type HookRecord,
  type HookVerdict,
} from '../domain/hook-record.ts';
import type { Mgn } from '../domain/ports.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { nameOf, type SourceServer } from '../domain/source-server.ts';
import type { StoredHook } from '../ledger/hooks.ts';
import type { HookDeps } from './hook-runner.ts';
import { hookToken } from './hook-token.ts';

/** The run whose hooks are worked on, with its source servers as they are now. */
export interface HookWork {
  readonly deps: HookDeps;
  readonly run: RunRecord;
  readonly mgn: Mgn;
  readonly records: readonly ServerRecord[];
  readonly place: HookPlace;
}

/** A hook of the run for one scope, and what the ledger knows of it. */
interface KnownHook {
  readonly planned: PlannedHook;
  readonly stored: StoredHook;
}

/** Most tries begun in one invocation: Lambda functions are waited for, side by side. */
const triesMax = 25;

/**
 * Looks at every hook that is not decided: takes verdicts down, has what has run too long stopped, and gives up what nobody
 * needs any more.
 *
 * @returns all hooks as they are then.
 * @throws LedgerConflictError when somebody else works on them.
 */
export async function lookAtHooks(work: HookWork, hooks: readonly StoredHook[]): Promise<StoredHook[]> {
  const behind = await whoIsBehind(work, hooks);
  return Promise.all(
    knownHooks(work, hooks).map(async (known) => save(work, known.stored, await looked(work, known, behind))),
  );
}

/**
 * Begins what is due: first tries, further ones, and those of which it is not known whether they were begun.
 *
 * @returns all hooks as they are then.
 * @throws LedgerConflictError when somebody else works on them.
 */
export async function beginHooks(work: HookWork, hooks: readonly StoredHook[]): Promise<StoredHook[]> {
  const { run, records, deps, place } = work;
  const now = deps.clock.now();
  const unanswered = knownHooks(work, hooks).filter(
    ({ stored }) => stored.state === 'PENDING' || (stored.state === 'RUNNING' && stored.externalID === undefined),
  );
  const due = hooksToBegin(run, records, hooks, now, place).map((planned) => {
    const earlier = recordOf(planned, hooks);
    const record = newHookRecord(planned.hook, planned.scope, groupOf(planned, records), now, earlier);
    return { planned, stored: { ...record, version: earlier?.version ?? 0 } };
  });
  const begun = await Promise.all([...unanswered, ...due].slice(0, triesMax).map((known) => begin(work, known)));
  const isBegun = (hook: HookRecord) => begun.some(({ name, scope }) => name === hook.name && scope === hook.scope);
  return [...hooks.filter((hook) => !isBegun(hook)), ...begun];
}

function knownHooks({ run, records }: HookWork, hooks: readonly StoredHook[]): KnownHook[] {
  return plannedHooks(run, records).flatMap((planned) => {
    const stored = recordOf(planned, hooks);
    return stored === undefined ? [] : [{ planned, stored }];
  });
}

async function save(work: HookWork, stored: StoredHook, next: HookRecord): Promise<StoredHook> {
  if (next === stored) return stored;
  return work.deps.ledger.saveHook(work.run.runID, { ...next, version: stored.version });
}

/** What nobody needs any more is looked at to its end, and not tried again. */
async function looked(
  work: HookWork,
  { planned, stored }: KnownHook,
  behind: ReadonlyMap<string, string> | undefined,
): Promise<HookRecord> {
  const isWanted = isStillWanted(planned, work.records, work.place);
  if (stored.state === 'WAITING_FOR_LAG') {
    if (!isWanted) return { ...stored, state: 'SUCCEEDED', reason: undefined };
    const servers = serversFor(planned, work.records);
    const names = behind && servers.flatMap(({ sourceServerID }) => behind.get(sourceServerID) ?? []);
    return judgeLag(planned.hook, stored, names, work.deps.clock.now());
  }
  if (stored.state === 'RUNNING' && stored.externalID === undefined)
    return isWanted ? stored : { ...stored, state: 'FAILED', reason: 'its answer was lost, and nothing waits for it' };
  const next = await lookAtTry(work, planned, stored);
  return next.state === 'PENDING' && !isWanted ? { ...next, state: 'FAILED' } : next;
}

async function lookAtTry({ deps }: HookWork, { hook }: PlannedHook, stored: StoredHook): Promise<HookRecord> {
  const { state, externalID } = stored;
  if (state !== 'RUNNING' || externalID === undefined) return stored;
  const seen = await deps.hookRunner.look(externalID).catch(wordsOf);
  const now = deps.clock.now();
  if (typeof seen === 'object') return endTry(hook, stored, seen, now);
  if (!isTryOverdue(hook, stored, now)) return stored;
  await deps.hookRunner.stop(externalID).catch(wordsOf);
  return endTry(hook, stored, overdue(hook, seen), now);
}

/** The try is written down before it is begun, so that its answer may be lost and still nothing is begun twice. */
async function begin(work: HookWork, { planned, stored }: KnownHook): Promise<StoredHook> {
  const { deps, run, records } = work;
  const { hook, scope } = planned;
  const begun = stored.state === 'RUNNING' ? stored : await save(work, stored, beginTry(stored, deps.clock.now()));
  const payload = hookPayload(run, hook, scope, serversFor(planned, records), hookToken(run, begun));
  const answer = await deps.hookRunner.start(hook, payload).catch(wordsOf);
  const now = deps.clock.now();
  if (typeof answer === 'string') {
    deps.logger.warn('hook not begun', { hook: hook.name, errorMessage: answer });
    return isTryOverdue(hook, begun, now) ? save(work, begun, endTry(hook, begun, overdue(hook, answer), now)) : begun;
  }
  const isEnded = 'ended' in answer;
  return save(work, begun, isEnded ? endTry(hook, begun, answer.ended, now) : { ...begun, ...answer });
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function overdue(hook: HookInput, problem: string | undefined): HookVerdict {
  const reason = `it did not end within ${String(timeoutSecondsOf(hook))} s`;
  return { succeeded: false, output: '', reason: problem === undefined ? reason : `${reason}; ${problem}` };
}

/** Who is not known to be without lag, in words by source server; undefined where MGN could not be read. */
async function whoIsBehind(
  work: HookWork,
  hooks: readonly StoredHook[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const waiting = knownHooks(work, hooks).filter(({ stored }) => stored.state === 'WAITING_FOR_LAG');
  const records = new Map(
    waiting.flatMap(({ planned }) =>
      serversFor(planned, work.records).map((record) => [record.sourceServerID, record]),
    ),
  );
  if (records.size === 0) return new Map();
  try {
    const sourceServerIDs = [...records.keys()];
    const servers = await work.mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
    const listed = new Map(servers.map((server) => [server.sourceServerID, server]));
    return new Map(
      [...records].flatMap(([id, record]) => {
        const problem = lagProblem(listed.get(id));
        return problem === undefined ? [] : [[id, `${nameOf(record)} ${problem}`]];
      }),
    );
  } catch (error) {
    work.deps.logger.warn('replication lag not read', { errorMessage: wordsOf(error) });
    return undefined;
  }
}

function lagProblem(server: SourceServer | undefined): string | undefined {
  if (server === undefined) return 'is not listed';
  const { dataReplicationState: state = 'of unknown replication state', lagMs } = server;
  if (state !== 'CONTINUOUS') return `is ${state}`;
  if (lagMs === undefined) return 'has no known lag';
  return lagMs > 0 ? `lags ${String(Math.ceil(lagMs / 1_000))} s` : undefined;
}
