/**
 * Which post-launch actions must run on this cutover, and did they? The list of what is *expected* comes from the
 * configuration; the job only says what ran. An empty list in the job is therefore no pass (`mgn.md` A.6 and D.4).
 */
import type { ActionRun, ParticipatingServer } from './job.ts';
import type { ConfiguredAction, LaunchConfiguration } from './launch-configuration.ts';
import type { Reason } from './reason.ts';
import type { ActionEvidence, ExpectedAction } from './server-record.ts';

/**
 * The actions that have to run after a cutover launch: active ones, unless the deployment is TEST_ONLY. A deployment
 * that MGN does not give counts as one that includes cutover, so that nothing is believed for want of a setting.
 */
export function expectActions(
  configuration: LaunchConfiguration,
  serverActions: readonly ConfiguredAction[],
): ExpectedAction[] {
  if (configuration.postLaunchDeployment === 'TEST_ONLY') return [];
  const expected: ExpectedAction[] = [];
  for (const action of [...serverActions, ...configuration.documents]) {
    const isKnown = expected.some((known) => isSameAction(known, action));
    if (!action.isActive || isKnown) continue;
    expected.push({
      actionName: action.actionName,
      documentName: action.documentName,
      timeoutSeconds: action.timeoutSeconds,
      mustSucceedForCutover: action.mustSucceedForCutover,
    });
  }
  return expected;
}

interface NamedAction {
  readonly actionName?: string | undefined;
  readonly documentName?: string | undefined;
}

/** The name is the identity where both have one; two actions may run the same document. */
function isSameAction(one: NamedAction, other: NamedAction): boolean {
  if (one.actionName !== undefined && other.actionName !== undefined) return one.actionName === other.actionName;
  return one.documentName !== undefined && one.documentName === other.documentName;
}

/** What was read to judge the actions of one launched server. */
export interface ActionFacts {
  readonly expected: readonly ExpectedAction[];
  /** The server's part in the cutover job; undefined when the job no longer lists it. */
  readonly part: ParticipatingServer | undefined;
  /** When the run first saw the server LAUNCHED, epoch milliseconds. */
  readonly launchedAt: number;
  /** When the run first saw the SSM agent discovered, epoch milliseconds. */
  readonly agentSeenAt: number | undefined;
  /** How long the agent may stay unseen, in milliseconds. */
  readonly agentMs: number;
  /** How long the actions may take in all once the agent was seen, in milliseconds. */
  readonly actionsMs: number;
  readonly now: number;
}

/** The judgement of a server's actions, always with the evidence seen so far. */
export type ActionJudgement =
  | { readonly actions: 'PENDING'; readonly evidence: readonly ActionEvidence[] }
  | { readonly actions: 'PASSED'; readonly evidence: readonly ActionEvidence[]; readonly warnings: readonly Reason[] }
  | { readonly actions: 'FAILED'; readonly evidence: readonly ActionEvidence[]; readonly reasons: readonly Reason[] };

/**
 * Judges the expected actions. PASSED needs every must-succeed action at SUCCESS; one that is configured to be allowed
 * to fail only warns, but is waited for, because its failure should be known before a person commits.
 */
export function judgeActions(facts: ActionFacts): ActionJudgement {
  const isTimeUp = facts.now >= deadlineOf(facts);
  const runs = facts.part?.actionRuns ?? [];
  const evidence = [
    ...facts.expected.map((action) => judgeAction(action, runs, facts, isTimeUp)),
    ...runs
      .filter((run) => !facts.expected.some((action) => isSameAction(action, run)))
      .map((run) => judgeRun(run, isTimeUp)),
  ];
  const failed = evidence.filter((item) => isFailure(item) && (isTimeUp || !isUndecided(item)));
  const mustFailed = failed.filter((item) => item.mustSucceedForCutover);
  if (mustFailed.length > 0) return { actions: 'FAILED', evidence, reasons: mustFailed.map(actionReason) };
  if (!isTimeUp && evidence.some(isUndecided)) return { actions: 'PENDING', evidence };
  return { actions: 'PASSED', evidence, warnings: failed.map(actionReason) };
}

/** An action with a longer time-out of its own extends the common one; the agent has a shorter deadline of its own. */
function deadlineOf(facts: ActionFacts): number {
  if (facts.agentSeenAt === undefined) return facts.launchedAt + facts.agentMs;
  const longestMs = Math.max(0, ...facts.expected.map((action) => (action.timeoutSeconds ?? 0) * 1_000));
  return facts.agentSeenAt + Math.max(facts.actionsMs, longestMs);
}

function judgeAction(
  action: ExpectedAction,
  runs: readonly ActionRun[],
  facts: ActionFacts,
  isTimeUp: boolean,
): ActionEvidence {
  const run = runs.find((candidate) => isSameAction(action, candidate));
  if (run !== undefined) {
    return {
      ...judgeRun(run, isTimeUp),
      mustSucceedForCutover: action.mustSucceedForCutover || run.mustSucceedForCutover,
    };
  }
  return {
    actionName: action.actionName,
    documentName: action.documentName,
    mustSucceedForCutover: action.mustSucceedForCutover,
    verdict: facts.agentSeenAt === undefined ? 'NEVER_SEEN' : 'MISSING',
  };
}

function judgeRun(run: ActionRun, isTimeUp: boolean): ActionEvidence {
  const isDecided = run.executionStatus === 'SUCCESS' || run.executionStatus === 'FAILED';
  const verdict = isDecided ? run.executionStatus : isTimeUp ? 'TIMED_OUT' : 'IN_PROGRESS';
  return {
    actionName: run.actionName,
    documentName: run.documentName,
    documentType: run.documentType,
    executionID: run.executionID,
    failureReason: run.failureReason,
    mustSucceedForCutover: run.mustSucceedForCutover,
    verdict,
  };
}

const isUndecided = (item: ActionEvidence) =>
  item.verdict === 'IN_PROGRESS' || item.verdict === 'MISSING' || item.verdict === 'NEVER_SEEN';

const isFailure = (item: ActionEvidence) => item.verdict !== 'SUCCESS' && item.verdict !== 'IN_PROGRESS';

const actionMeaning: Readonly<Record<ActionEvidence['verdict'], string>> = {
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'was still in progress when its time was up',
  IN_PROGRESS: 'is in progress',
  MISSING: 'was never started although the SSM agent was seen',
  NEVER_SEEN: 'was never started: the SSM agent of the launched instance was never seen',
};

function actionReason(item: ActionEvidence): Reason {
  const name = item.actionName ?? item.documentName ?? 'unnamed';
  const document = item.documentName === undefined || item.documentName === name ? '' : ` (${item.documentName})`;
  const execution = item.executionID === undefined ? '' : `, execution ${item.executionID}`;
  const failure = item.failureReason === undefined ? '' : `: ${item.failureReason}`;
  return {
    code: `ACTION_${item.verdict}`,
    fact: `action ${name}${document} ${actionMeaning[item.verdict]}${execution}${failure}`,
    source: 'DescribeJobs',
    remedy:
      item.verdict === 'NEVER_SEEN'
        ? 'Check the instance profile and the network path to SSM in the launch template.'
        : 'Read the action’s output in Systems Manager, mend it, and prove it with a test launch.',
  };
}
