/** A world made of a scenario, acted in by its operations directly, at moments counted in seconds from its start. */
import type { LifeCycleState } from '@aws-sdk/client-mgn';

import { MgnException } from '../../simulator/exceptions.ts';
import type { Call, Operation } from '../../simulator/operation.ts';
import { startCutover, startTest, terminateTargetInstances } from '../../simulator/operations/job-starters.ts';
import { describeJobLogItems, describeJobs } from '../../simulator/operations/jobs.ts';
import { changeServerLifeCycleState, finalizeCutover } from '../../simulator/operations/life-cycle.ts';
import { describeSourceServers } from '../../simulator/operations/source-servers.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { createWorld } from '../../simulator/world/create-world.ts';
import { runForeignActs } from '../../simulator/world/foreign-activity.ts';
import { accountOf } from '../../simulator/world/world.ts';

/** The moment the scenarios of these tests describe. */
export const startMs = Date.parse('2026-03-07T22:00:00Z');

/** Exact timings, so that tests can name moments. */
export const exact = { timings: { variation: 0 } };

const starters = { test: startTest, cutover: startCutover, terminate: terminateTargetInstances } as const;

/** A world and short ways to act in it; `hosts` are hostnames, `at` seconds after the start. */
export const worldOf = (scenario: unknown, seed = 1) => {
  const world = createWorld(parseScenario(scenario), seed, startMs);
  const account = accountOf(world, world.accountID);
  const callAt = (at: number, staleSeconds = 0): Call => ({
    now: startMs + at * 1000,
    accountID: world.accountID,
    staleMs: staleSeconds * 1000,
  });
  const perform = <Input, Output>(operation: Operation<Input, Output>, input: Input, at: number, stale = 0): Output => {
    runForeignActs(world, startMs + at * 1000);
    return operation(world, input, callAt(at, stale));
  };
  const idOf = (host: string): string => {
    const found = [...account.sourceServers.values()].find((server) => server.scenario.hostname === host);
    if (found === undefined) throw new Error(`no server ${host}`);
    return found.sourceServerID;
  };
  const serverAt = (host: string, at: number, stale = 0) => {
    const filters = { sourceServerIDs: [idOf(host)] };
    const [server] = perform(describeSourceServers, { filters }, at, stale).slice(0, 1);
    if (server === undefined) throw new Error(`${host} is not described`);
    return server;
  };
  const jobAt = (jobID: string, at: number, stale = 0) =>
    perform(describeJobs, { filters: { jobIDs: [jobID] } }, at, stale).slice(0, 1)[0];
  return {
    world,
    account,
    perform,
    idOf,
    serverAt,
    jobAt,
    stateAt: (host: string, at: number): LifeCycleState | undefined => serverAt(host, at).lifeCycle?.state,
    /** Starts a job and answers its id. */
    start: (kind: keyof typeof starters, hosts: readonly string[], at: number): string => {
      const { job } = perform(starters[kind], { sourceServerIDs: hosts.map(idOf) }, at);
      return job.jobID ?? '';
    },
    change: (host: string, state: 'READY_FOR_TEST' | 'READY_FOR_CUTOVER' | 'CUTOVER', at: number) =>
      perform(changeServerLifeCycleState, { sourceServerID: idOf(host), lifeCycle: { state } }, at),
    finalize: (host: string, at: number) => perform(finalizeCutover, { sourceServerID: idOf(host) }, at),
    participant: (jobID: string, host: string, at: number) =>
      jobAt(jobID, at)?.participatingServers?.find((server) => server.sourceServerID === idOf(host)),
    /** The job's log as `seconds EVENT`, the seconds counted from `from`. */
    log: (jobID: string, at: number, from = 0): string[] =>
      perform(describeJobLogItems, { jobID }, at)
        .slice(0, 1000)
        .map((line) => `${(Date.parse(line.logDateTime) - startMs) / 1000 - from} ${line.event}`),
    lines: (jobID: string, at: number) => perform(describeJobLogItems, { jobID }, at).slice(0, 1000),
  };
};

/** The refusal that an act meets. */
export const refusalOf = (act: () => unknown): MgnException => {
  try {
    act();
  } catch (error) {
    if (error instanceof MgnException) return error;
    throw error;
  }
  throw new Error('was not refused');
};
