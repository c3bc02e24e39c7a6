/** The post-launch actions of one launch, from the discovery of the SSM agent to the end of the last one (`mgn.md` D.1, D.4). */
import type { PostLaunchActionsDeploymentType, SsmDocument } from '@aws-sdk/client-mgn';

import { actionRunOf } from '../scenario/action-schema.ts';
import type { ActionScenario } from '../scenario/action-schema.ts';
import { kebabCase } from './kebab-case.ts';
import { randomText, seededRandom } from '../seeded-random.ts';
import type { ActionRun, PostLaunchRun } from './job-record.ts';
import type { Newest } from './newest-model.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import type { Account, World } from './world.ts';

/** Time-out of a run whose action gives none. */
const defaultTimeoutSeconds = 3600;

/** What a launch brings to its actions. `attempt` counts the launches of its kind from 0. */
export interface LaunchedForActions {
  readonly jobID: string;
  readonly kind: 'test' | 'cutover';
  readonly attempt: number;
  /** When the instance was launched (LAUNCH_END), epoch milliseconds. */
  readonly launchedMs: number;
  /** When the SSM agent is discovered; absent when it never is. */
  readonly agentDiscoveredMs: number | undefined;
}

interface DueAction {
  readonly document: Newest<SsmDocument>;
  readonly scenario: ActionScenario | undefined;
}

/** The actions that a launch of a kind runs, in order: active ones, when the deployment setting covers the launch. */
const dueActions = (account: Account, server: SourceServerRecord, kind: 'test' | 'cutover'): DueAction[] => {
  const settings = account.launchConfigurations.get(server.sourceServerID)?.postLaunchActions;
  const uncovered: PostLaunchActionsDeploymentType = kind === 'test' ? 'CUTOVER_ONLY' : 'TEST_ONLY';
  if (settings?.deployment === uncovered) return [];
  const documents = [...(account.sourceServerActions.get(server.sourceServerID)?.values() ?? [])]
    .filter((action) => action.active !== false)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map((action): DueAction => {
      const { actionName, documentIdentifier, timeoutSeconds, mustSucceedForCutover, parameters } = action;
      return {
        document: {
          actionName,
          ssmDocumentName: documentIdentifier,
          ...(timeoutSeconds !== undefined && { timeoutSeconds }),
          mustSucceedForCutover: mustSucceedForCutover ?? false,
          ...(parameters !== undefined && { parameters }),
          ...(action.externalParameters !== undefined && { externalParameters: action.externalParameters }),
        },
        scenario: server.scenario.actions?.find(
          (candidate) => (candidate.actionID ?? kebabCase(candidate.actionName)) === action.actionID,
        ),
      };
    });
  const known = new Set(documents.map(({ document }) => document.actionName));
  const older = (settings?.ssmDocuments ?? []).filter(({ actionName }) => !known.has(actionName));
  return [...documents, ...older.map((document) => ({ document, scenario: undefined }))];
};

const executionIDOf = (world: World, name: string): string => {
  const digits = randomText(seededRandom(world.seed, `execution/${name}`), '0123456789abcdef', 32);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
};

const plannedRun = (
  world: World,
  server: SourceServerRecord,
  launch: LaunchedForActions,
  due: DueAction,
  startMs: number,
): ActionRun | undefined => {
  const { document, scenario } = due;
  const timeoutSeconds = document.timeoutSeconds ?? defaultTimeoutSeconds;
  const run = actionRunOf(scenario, launch.kind, launch.attempt);
  if (run.result === 'missing') return undefined;
  const base = {
    ssmDocument: document,
    ssmDocumentType: scenario?.documentType ?? 'COMMAND',
    executionID: executionIDOf(world, `${launch.jobID}/${server.sourceServerID}/${document.actionName ?? ''}`),
    startMs,
  } as const;
  if (run.result === 'hangs') return { ...base, endMs: Infinity, result: 'FAILED', failureReason: undefined };
  if (run.result === 'timedOut' || run.seconds >= timeoutSeconds) {
    const failureReason = run.failureReason ?? `The action did not end within ${timeoutSeconds} seconds.`;
    return { ...base, endMs: startMs + timeoutSeconds * 1000, result: 'FAILED', failureReason };
  }
  const endMs = startMs + run.seconds * 1000;
  if (run.result === 'success') return { ...base, endMs, result: 'SUCCESS', failureReason: undefined };
  return {
    ...base,
    endMs,
    result: 'FAILED',
    failureReason: run.failureReason ?? 'The SSM document ended with status Failed.',
  };
};

/** Actions of an instance whose agent is never discovered: all wait until their time-outs, or none is shown. */
const undiscoveredRun = (
  world: World,
  server: SourceServerRecord,
  launch: LaunchedForActions,
  due: readonly DueAction[],
): PostLaunchRun => {
  if (world.switches.undiscoveredAgentActions === 'absent') return { agentDiscoveredMs: undefined, actions: [] };
  const actions = due.map(({ document, scenario }): ActionRun => {
    const timeoutSeconds = document.timeoutSeconds ?? defaultTimeoutSeconds;
    return {
      ssmDocument: document,
      ssmDocumentType: scenario?.documentType ?? 'COMMAND',
      executionID: executionIDOf(world, `${launch.jobID}/${server.sourceServerID}/${document.actionName ?? ''}`),
      startMs: launch.launchedMs,
      endMs: launch.launchedMs + timeoutSeconds * 1000,
      result: 'FAILED',
      failureReason: `The SSM agent was not discovered within ${timeoutSeconds} seconds.`,
    };
  });
  return { agentDiscoveredMs: undefined, actions };
};

/** The course of a launch's post-launch actions, one after the other in order; absent when none is due. */
export const planPostLaunchRun = (
  world: World,
  account: Account,
  server: SourceServerRecord,
  launch: LaunchedForActions,
): PostLaunchRun | undefined => {
  const due = dueActions(account, server, launch.kind);
  if (due.length === 0) return undefined;
  if (launch.agentDiscoveredMs === undefined) return undiscoveredRun(world, server, launch, due);
  const actions: ActionRun[] = [];
  let startMs = launch.agentDiscoveredMs + 1000;
  for (const action of due) {
    const run = plannedRun(world, server, launch, action, startMs);
    if (run === undefined) continue;
    actions.push(run);
    startMs = abandonedMs(run) + 1000;
  }
  return { agentDiscoveredMs: launch.agentDiscoveredMs, actions };
};

/** When the service goes on to what comes after an action: at its end, or at its time-out when it has none. */
const abandonedMs = (run: ActionRun): number =>
  Math.min(run.endMs, run.startMs + (run.ssmDocument.timeoutSeconds ?? defaultTimeoutSeconds) * 1000);

/** When a job that waits for its actions may end: the last action's end or time-out; epoch milliseconds. */
export const postLaunchEndMs = (run: PostLaunchRun, launchedMs: number): number =>
  run.actions.reduce((latest, action) => Math.max(latest, abandonedMs(action)), run.agentDiscoveredMs ?? launchedMs);
