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
 * that MGN does not give counts as one that includes cutover, so that nothing is believed for want of a setting. An
 * action configured in both places is one action, as strict and as patient as the stricter and the more patient of them.
 */
export function expectActions(
  configuration: LaunchConfiguration,
  serverActions: readonly ConfiguredAction[],
): ExpectedAction[] {
  if (configuration.postLaunchDeployment === 'TEST_ONLY') return [];
  const expected: ExpectedAction[] = [];
  const configured = [...serverActions, ...configuration.documents].filter((action) => action.isActive);
  for (const { actionName, documentName, timeoutSeconds, mustSucceedForCutover } of configured) {
    const action = { actionName, documentName, timeoutSeconds, mustSucceedForCutover };
    const known = expected.findIndex((other) => isSameAction(other, action));
    const other = expected[known];
    if (other === undefined) expected.push(action);
    else expected[known] = merged(other, action);
  }
  return expected;
}

function merged(one: ExpectedAction, other: ExpectedAction): ExpectedAction {
  const timeouts = [one.timeoutSeconds, other.timeoutSeconds].filter((seconds) => seconds !== undefined);
  return {
    ...one,
    timeoutSeconds: timeouts.length === 0 ? undefined : Math.max(...timeouts),
    mustSucceedForCutover: one.mustSucceedForCutover || other.mustSucceedForCutover,
  };
}

interface NamedAction {
  readonly actionName?: string | undefined;
  readonly documentName?: string | undefined;
}

/** The name is the identity where both have one; two actions may run the same document. */
function isSameAction(one: ExpectedAction, other: NamedAction): boolean {
  if (one.actionName !== undefined && other.actionName !== undefined) return one.actionName === other.actionName;
  return one.documentName === other.documentName;
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
  const { paired, others } = pairRuns(facts.expected, facts.part?.actionRuns ?? []);
  const evidence = [
    ...paired.map(({ action, run }) =>
      run === undefined ? withoutRun(action, facts) : judgeRun(run, [action], facts, isTimeUp),
    ),
    ...others.map((run) => judgeRun(run, facts.expected, facts, isTimeUp)),
  ];
  const failed = evidence.filter((item) => item.verdict !== 'SUCCESS' && (isTimeUp || !isUndecided(item)));
  const mustFailed = failed.filter((item) => item.mustSucceedForCutover);
  if (mustFailed.length > 0) return { actions: 'FAILED', evidence, reasons: mustFailed.map(actionReason) };
  if (!isTimeUp && evidence.some(isUndecided)) return { actions: 'PENDING', evidence };
  return { actions: 'PASSED', evidence, warnings: failed.map(actionReason) };
}

/** The longest that Systems Manager lets a command run, in milliseconds; no action is waited for longer. */
const actionMsMax = 172_800_000;

/** An action with a longer time-out of its own extends the common one; the agent has a shorter deadline of its own. */
function deadlineOf(facts: ActionFacts): number {
  if (facts.agentSeenAt === undefined) return facts.launchedAt + facts.agentMs;
  const ownMs = facts.expected.map((action) => (action.timeoutSeconds ?? 0) * 1_000);
  const longestMs = Math.min(actionMsMax, Math.max(0, ...ownMs));
  return facts.agentSeenAt + Math.max(facts.actionsMs, longestMs);
}

/** Expected actions with the runs, or what was judged of them, that answer for them. */
export interface PairedRuns<Run> {
  readonly paired: readonly { readonly action: ExpectedAction; readonly run: Run | undefined }[];
  /** Runs that answer for no expected action, or for one that has its run already. */
  readonly others: readonly Run[];
}

/** One run answers for one action only, so that a success never covers for a second action of the same document. */
export function pairRuns<Run extends NamedAction>(
  expected: readonly ExpectedAction[],
  runs: readonly Run[],
): PairedRuns<Run> {
  const others = [...runs];
  const paired = expected.map((action) => {
    const index = others.findIndex((run) => isSameAction(action, run));
    return { action, run: index === -1 ? undefined : others.splice(index, 1)[0] };
  });
  return { paired, others };
}

function withoutRun(action: ExpectedAction, facts: ActionFacts): ActionEvidence {
  return {
    actionName: action.actionName,
    documentName: action.documentName,
    mustSucceedForCutover: action.mustSucceedForCutover,
    verdict: facts.agentSeenAt === undefined ? 'NEVER_SEEN' : 'MISSING',
  };
}

/** MGN may list runs as IN_PROGRESS while it waits for an agent that never comes (`mgn.md` H.8): nothing ran then. */
function judgeRun(
  run: ActionRun,
  actions: readonly ExpectedAction[],
  facts: ActionFacts,
  isTimeUp: boolean,
): ActionEvidence {
  const isDecided = run.executionStatus === 'SUCCESS' || run.executionStatus === 'FAILED';
  const late = facts.agentSeenAt === undefined ? 'NEVER_SEEN' : 'TIMED_OUT';
  const verdict = isDecided ? run.executionStatus : isTimeUp ? late : 'IN_PROGRESS';
  const isDemanded = actions.some((action) => action.mustSucceedForCutover && isSameAction(action, run));
  return {
    actionName: run.actionName,
    documentName: run.documentName,
    documentType: run.documentType,
    executionID: run.executionID,
    failureReason: run.failureReason,
    mustSucceedForCutover: run.mustSucceedForCutover || isDemanded,
    verdict,
  };
}

const isUndecided = (item: ActionEvidence) =>
  item.verdict === 'IN_PROGRESS' || item.verdict === 'MISSING' || item.verdict === 'NEVER_SEEN';

const actionMeaning: Readonly<Record<ActionEvidence['verdict'], string>> = {
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'was still in progress when its time was up',
  IN_PROGRESS: 'is in progress',
  MISSING: 'was never started although the SSM agent was seen',
  NEVER_SEEN: 'never ran: the SSM agent of the launched instance was never seen',
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
