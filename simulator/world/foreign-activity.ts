/**
 * What others do in the account while the caller works: calls of people at the console, jobs that hold servers, quota
 * in use. Acts are kept until their moment and done when the world is next looked at, in time order, so they meet the
 * world as it is then, and are refused like anybody's call.
 */
import { MgnException } from '../exceptions.ts';
import type { Call, Operation } from '../operation.ts';
import { startCutover, startTest, terminateTargetInstances } from '../operations/job-starters.ts';
import { changeServerLifeCycleState, disconnectFromService, finalizeCutover } from '../operations/life-cycle.ts';
import { pauseReplication, resumeReplication, stopReplication } from '../operations/replication.ts';
import { deleteSourceServer, markAsArchived } from '../operations/source-servers.ts';
import type { LaunchTemplateChange } from '../scenario/ec2-schema.ts';
import type { ForeignActScenario } from '../scenario/foreign-activity-schema.ts';
import type { OneSourceServerInput } from '../wire/inputs.ts';
import { addServer } from './build-server.ts';
import { withTemplateChange } from './ec2-records.ts';
import { newID } from './identifiers.ts';
import { jobOf } from './job-engine.ts';
import { jobHolding } from './job-lock.ts';
import { templateOf } from './launch-place.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import { accountOf } from './world.ts';
import type { Account, World } from './world.ts';

/** One act, due at a moment (epoch milliseconds). */
export interface ForeignAct {
  readonly atMs: number;
  readonly run: (world: World) => void;
}

/** Does every act that is due at a moment. Call it before anything looks at the world. */
export const runForeignActs = (world: World, nowMs: number): void => {
  for (let next = world.foreignActs[0]; next !== undefined && next.atMs <= nowMs; next = world.foreignActs[0]) {
    world.foreignActs.shift();
    try {
      next.run(world);
    } catch (error) {
      if (!(error instanceof MgnException)) throw error;
    }
  }
};

/** Puts the scenario's foreign activity on the world's list, and the servers of others into the world. */
export const scheduleForeignActivity = (world: World): void => {
  const isHere = ({ region = world.scenario.region }: ForeignActScenario) => region === world.region;
  const acts = world.scenario.foreignActivity.map((act, index) => (isHere(act) ? foreignAct(world, act, index) : []));
  world.foreignActs.push(...acts.flat().sort((a, b) => a.atMs - b.atMs));
};

const oneServerCalls: Record<string, Operation<OneSourceServerInput, unknown>> = {
  FinalizeCutover: finalizeCutover,
  DisconnectFromService: disconnectFromService,
  MarkAsArchived: markAsArchived,
  DeleteSourceServer: deleteSourceServer,
  PauseReplication: pauseReplication,
  ResumeReplication: resumeReplication,
  StopReplication: stopReplication,
};

const jobCalls = {
  StartTest: startTest,
  StartCutover: startCutover,
  TerminateTargetInstances: terminateTargetInstances,
} as const;

const foreignAct = (world: World, act: ForeignActScenario, index: number): ForeignAct[] => {
  const accountID = act.accountID ?? world.accountID;
  const account = accountOf(world, accountID);
  const moment = (seconds: number) => world.startMs + seconds * 1000;
  const calling = (atSeconds: number): Call => ({ now: moment(atSeconds), accountID, staleMs: 0 });
  switch (act.act) {
    case 'useQuota':
      return quotaJobs(world, account, act, index);
    case 'hold': {
      const ids = idsOf(account, act.servers);
      const atMs = moment(act.fromSeconds);
      return [
        {
          atMs,
          run: () => {
            hold(world, account, ids, act.initiatedBy ?? 'DIAGNOSTIC', atMs, moment(act.toSeconds));
          },
        },
      ];
    }
    case 'StartTest':
    case 'StartCutover':
    case 'TerminateTargetInstances': {
      const call = calling(act.atSeconds);
      const sourceServerIDs = idsOf(account, act.servers);
      return [
        {
          atMs: call.now,
          run: () => {
            jobCalls[act.act](world, { sourceServerIDs }, call);
          },
        },
      ];
    }
    case 'ModifyLaunchTemplate':
      return idsOf(account, act.servers).map((sourceServerID) => ({
        atMs: moment(act.atSeconds),
        run: () => {
          changeTemplate(account, sourceServerID, act.launchTemplate);
        },
      }));
    case 'ChangeServerLifeCycleState': {
      const call = calling(act.atSeconds);
      const lifeCycle = { state: act.state };
      return idsOf(account, act.servers).map((sourceServerID) => ({
        atMs: call.now,
        run: () => {
          changeServerLifeCycleState(world, { sourceServerID, lifeCycle }, call);
        },
      }));
    }
    default: {
      const call = calling(act.atSeconds);
      return idsOf(account, act.servers).map((sourceServerID) => ({
        atMs: call.now,
        run: () => {
          oneServerCalls[act.act]?.(world, { sourceServerID }, call);
        },
      }));
    }
  }
};

/** The servers that a scenario names by hostname or id; parsing has made sure that each is one server. */
const idsOf = (account: Account, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    if (account.sourceServers.has(name)) return [name];
    const named = [...account.sourceServers.values()].find((server) => server.scenario.hostname === name);
    return named === undefined ? [] : [named.sourceServerID];
  });

/** A new version becomes the latest and the default one. */
const changeTemplate = (account: Account, sourceServerID: string, change: LaunchTemplateChange): void => {
  const template = templateOf(account, sourceServerID);
  if (template === undefined) return;
  const version = template.latestVersion + 1;
  account.ec2.launchTemplates.set(template.launchTemplateID, {
    ...template,
    defaultVersion: version,
    latestVersion: version,
    settings: withTemplateChange(account.ec2, template.settings, change),
  });
};

/** A job that changes nothing but holds its servers; it does not come about while another holds one of them. */
const hold = (
  world: World,
  account: Account,
  ids: readonly string[],
  initiatedBy: 'DIAGNOSTIC' | 'START_TEST' | 'START_CUTOVER' | 'TERMINATE',
  fromMs: number,
  toMs: number,
): void => {
  const servers = ids.flatMap((id) => account.sourceServers.get(id) ?? []);
  if (servers.length === 0 || servers.some((server) => jobHolding(account, server, fromMs) !== undefined)) return;
  const head = { jobID: newID(world, 'job'), initiatedBy, creationMs: fromMs, startedMs: fromMs };
  const result = initiatedBy === 'TERMINATE' ? 'TERMINATED' : 'LAUNCHED';
  const courses = servers.map(() => ({
    log: [],
    steps: [
      { atMs: fromMs, launchStatus: 'PENDING', launchedEc2InstanceID: undefined } as const,
      { atMs: toMs, launchStatus: result, launchedEc2InstanceID: undefined } as const,
    ],
    changes: [],
    endMs: toMs - 1000,
    postLaunch: undefined,
  }));
  account.jobs.set(head.jobID, jobOf(world, account, head, servers, courses));
  for (const server of servers) server.newestJobID = head.jobID;
};

/** Jobs of others with source servers of their own, TESTING from the start. */
const quotaJobs = (
  world: World,
  account: Account,
  act: Extract<ForeignActScenario, { act: 'useQuota' }>,
  index: number,
): ForeignAct[] => {
  const jobCount = Math.min(act.jobs ?? 1, act.servers);
  const groups: SourceServerRecord[][] = Array.from({ length: jobCount }, () => []);
  for (let number = 0; number < act.servers; number += 1) {
    const hostname = `other-team-${index + 1}-${number + 1}`;
    groups[number % jobCount]?.push(addServer(world, account, { hostname, lifeCycleState: 'TESTING' }, undefined));
  }
  const atMs = world.startMs + act.fromSeconds * 1000;
  const toMs = world.startMs + act.toSeconds * 1000;
  return groups.map((group) => ({
    atMs,
    run: () => {
      const ids = group.map(({ sourceServerID }) => sourceServerID);
      hold(world, account, ids, 'START_TEST', atMs, toMs);
    },
  }));
};
