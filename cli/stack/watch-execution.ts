/** Shows an execution of a deployed stack to its end, and ends as the command would have that does such work here. */
import * as v from 'valibot';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { concludeCommit } from '../conclude-commit.ts';
import { concludeRollback } from '../conclude-rollback.ts';
import type { Io } from '../io.ts';
import type { RunHeader } from '../live/progress.ts';
import { targetWords } from '../target-words.ts';
import { concludeRun, type StackConclusion } from './conclude-run.ts';
import type { ExecutionDescription } from './executions.ts';
import { follow, type EndedExecution } from './follow.ts';

/** Who watches what. */
export interface Watch extends StackConclusion {
  readonly io: Io;
  /** An end before this is an old answer: the execution was started or redriven then. Epoch milliseconds. */
  readonly notEndedBefore?: number | undefined;
}

/**
 * Watches the execution; the exit code is that of `run`, or of `rollback` and `commit` where it is one of those.
 *
 * @throws CommandError when the process is asked to stop (exit code 130) or it can no longer be watched.
 */
export async function watchExecution(watch: Watch, execution: ExecutionDescription): Promise<number> {
  const { world, session, io, audience, runID, notEndedBefore } = watch;
  const { machine, name, arn } = execution;
  const run = (await createLedger(world.store).readRun(runID))?.value;
  const progress = audience.progress(() => session.time.now());
  progress.begin(headerOf(watch, execution, run), execution.startedAt);
  progress.execution({ status: 'RUNNING', machine, execution: arn }, session.time.now());
  return conclude(watch, await followed());

  async function followed(): Promise<EndedExecution> {
    try {
      return await follow(world, session, io, { machine, name, runID, progress, notEndedBefore });
    } finally {
      progress.end(session.time.now());
    }
  }
}

async function conclude(watch: Watch, ended: EndedExecution): Promise<number> {
  const ledger = createLedger(watch.world.store);
  const executed = { result: ended, isInterrupted: false };
  switch (ended.machine) {
    case 'rollback': {
      const servers = await ledger.readServers(watch.runID);
      const askedIDs = serversIn(ended) ?? servers.map(({ sourceServerID }) => sourceServerID);
      return concludeRollback(watch, askedIDs, executed);
    }
    case 'commit': {
      const asks = (await ledger.readRun(watch.runID))?.value.commits ?? [];
      const asked = asks.find(({ executionID }) => executionID === ended.arn)?.sourceServerIDs ?? [];
      return concludeCommit(watch, serversIn(ended) ?? asked, executed);
    }
    default:
      return concludeRun(watch, ended);
  }
}

/** What is told at the top; the ledger's record of the run may not be there yet, and then the input says what it is. */
function headerOf({ world, runID }: Watch, execution: ExecutionDescription, run: RunRecord | undefined): RunHeader {
  const { machine } = execution;
  const common = {
    name: runID,
    place: world.label,
    isRehearsal: false,
    flags: world.flags,
    isDetachable: true,
  };
  if (machine === 'rollback' || machine === 'commit') {
    const named = serversIn(execution);
    const target = named === undefined ? 'all of the run' : `${String(named.length)} source servers`;
    return { ...common, kind: machine, target };
  }
  return { ...common, kind: 'cutover', target: targetOf(execution, run) };
}

/** What an execution is to cut over, in words. */
export function targetOf({ input, name }: ExecutionDescription, run: RunRecord | undefined): string {
  if (run !== undefined) return targetWords(run.input);
  try {
    return targetWords(parseRunInput(JSON.parse(input ?? '')));
  } catch {
    return name;
  }
}

const InputSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({ sourceServerIDs: v.array(v.string()) }));

/** The source servers that a rollback or commit names; undefined when it means all. */
function serversIn({ input }: ExecutionDescription): readonly string[] | undefined {
  const parsed = v.safeParse(InputSchema, input);
  return parsed.success ? parsed.output.sourceServerIDs : undefined;
}
