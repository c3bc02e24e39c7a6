/** The runs of a deployed stack: those in its ledger, and executions that have not come into it or never did. */
import * as v from 'valibot';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import { readLedgerRuns } from '../ledger-runs.ts';
import type { KnownExecution, RunFacts } from '../run-list.ts';
import { whyItEnded } from './conclude-run.ts';
import type { ExecutionDescription, Executions, ExecutionSummary } from './executions.ts';
import { followUpName } from './follow-ups.ts';
import type { StackWorld } from './stack-world.ts';
import { targetOf } from './watch-execution.ts';

/** ListExecutions' answer has no reasons, so those that are asked for one by one should not be more than this. */
const listedMax = 100;

/** The newest `max` runs, newest first. */
export async function readStackRuns({ stack, store }: StackWorld, max: number): Promise<RunFacts[]> {
  const { executions } = stack;
  const [ledgerRuns, waves, rollbacks, commits] = await Promise.all([
    readLedgerRuns(store, max),
    executions.list('wave-cutover', Math.max(max, listedMax)),
    executions.list('rollback', listedMax, 'RUNNING'),
    executions.list('commit', listedMax, 'RUNNING'),
  ]);
  const running = [...waves.filter(({ status }) => status === 'RUNNING'), ...rollbacks, ...commits];
  const inLedger = await Promise.all(
    ledgerRuns.newest.map(async ({ run, ...standing }): Promise<RunFacts> => {
      const { runID: name } = run;
      const listed = waves.find((wave) => wave.name === name);
      const execution =
        listed === undefined && run.end === undefined ? await executions.describe('wave-cutover', name) : listed;
      return { name, run, ...standing, execution, isRunning: isRunning(name, running), isHere: false };
    }),
  );
  const known = new Set(ledgerRuns.names);
  const beside = waves.filter(({ name }) => !known.has(name)).slice(0, max);
  const onlyExecuted = await Promise.all(beside.map((wave) => describeOnlyExecuted(executions, wave)));
  const startOf = ({ run, execution }: RunFacts) => run?.createdAt ?? execution?.startedAt ?? 0;
  return [...inLedger, ...onlyExecuted].sort((one, other) => startOf(other) - startOf(one)).slice(0, max);
}

async function describeOnlyExecuted(executions: Executions, wave: ExecutionSummary): Promise<RunFacts> {
  const described = await executions.describe('wave-cutover', wave.name);
  const execution = described === undefined ? wave : known(described);
  const isRunning = execution.status === 'RUNNING';
  return { name: wave.name, run: undefined, servers: [], isTouched: false, execution, isRunning, isHere: false };
}

function known(execution: ExecutionDescription): KnownExecution {
  const { status, startedAt } = execution;
  const why = status === 'RUNNING' ? undefined : whyItEnded(execution);
  return { status, startedAt, why, target: targetOf(execution, undefined) };
}

/** Whether one of these executions is the run's, or a rollback or commit of it. */
function isRunning(name: string, running: readonly ExecutionSummary[]): boolean {
  const runID = v.parse(RunIDSchema, name);
  return running.some((execution) => {
    if (execution.machine !== 'rollback' && execution.machine !== 'commit') return execution.name === name;
    const number = Number(/\d+$/.exec(execution.name)?.[0]);
    return execution.name === followUpName(runID, execution.machine, number);
  });
}
