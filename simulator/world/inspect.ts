/** The whole world as JSON, for whoever looks at the simulator from outside the service's own API. */
import type { Application, Job, SourceServer, Wave } from '@aws-sdk/client-mgn';

import { formatInstant } from './instants.ts';
import { jobHolding } from './job-lock.ts';
import type { Newest } from './newest-model.ts';
import { renderJob, renderJobLogLine } from './render-job.ts';
import type { OpenJobLog } from './render-job.ts';
import { renderSourceServer } from './render-source-server.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import { tagsOf } from './tags.ts';
import type { Account, World } from './world.ts';

/** A source server with what no describe tells: the job that holds it and how many launches were made. */
export interface InspectedServer extends SourceServer {
  readonly heldByJobID: string | undefined;
  readonly attempts: SourceServerAttempts;
}

/** Launches and terminations started since the scenario's start. */
export interface SourceServerAttempts {
  readonly test: number;
  readonly cutover: number;
  readonly terminate: number;
}

/** A job with its log. */
export type InspectedJob = Newest<Job> & { readonly log: readonly OpenJobLog[] };

/** One account as {@link inspect} shows it. */
export interface InspectedAccount {
  readonly accountID: string;
  readonly region: string;
  readonly isInitialized: boolean;
  readonly waves: readonly Wave[];
  readonly applications: readonly Application[];
  readonly sourceServers: readonly InspectedServer[];
  readonly jobs: readonly InspectedJob[];
}

/** The world at a moment. */
export interface InspectedWorld {
  readonly now: string;
  readonly startedAt: string;
  readonly seed: number;
  readonly region: string;
  readonly accountID: string;
  readonly foreignActsToCome: number;
  readonly accounts: readonly InspectedAccount[];
}

/** Everything in the world as of a moment (epoch milliseconds). */
export const inspect = (world: World, nowMs: number): InspectedWorld => ({
  now: formatInstant(world, nowMs),
  startedAt: formatInstant(world, world.startMs),
  seed: world.seed,
  region: world.region,
  accountID: world.accountID,
  foreignActsToCome: [world, ...world.otherRegions].reduce((sum, { foreignActs }) => sum + foreignActs.length, 0),
  accounts: [world, ...world.otherRegions].flatMap((held) =>
    [...held.accounts.values()].map((account) => inspectAccount(held, account, nowMs)),
  ),
});

/** One source server as of a moment (epoch milliseconds). */
export const inspectServer = (
  world: World,
  account: Account,
  server: SourceServerRecord,
  nowMs: number,
): InspectedServer => ({
  ...renderSourceServer(world, account, server, nowMs),
  heldByJobID: jobHolding(account, server, nowMs)?.jobID,
  attempts: { ...server.attempts },
});

const inspectAccount = (world: World, account: Account, nowMs: number): InspectedAccount => {
  const tagged = <T extends Wave | Application>(record: T) => ({
    ...record,
    tags: tagsOf(world, account, record.arn ?? ''),
  });
  return {
    accountID: account.accountID,
    region: world.region,
    isInitialized: account.isInitialized,
    waves: [...account.waves.values()].map(tagged),
    applications: [...account.applications.values()].map(tagged),
    sourceServers: [...account.sourceServers.values()].map((server) => inspectServer(world, account, server, nowMs)),
    jobs: [...account.jobs.values()]
      .filter(({ creationMs }) => creationMs <= nowMs)
      .map((job) => ({
        ...renderJob(world, account, job, nowMs),
        log: job.log.filter(({ atMs }) => atMs <= nowMs).map((line) => renderJobLogLine(world, line)),
      })),
  };
};
