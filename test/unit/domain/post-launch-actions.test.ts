import type { ActionRun } from '../../../functions/domain/job.ts';
import { expectActions, judgeActions, type ActionFacts } from '../../../functions/domain/post-launch-actions.ts';
import type { ExpectedAction } from '../../../functions/domain/server-record.ts';
import { aConfiguredAction, aLaunchConfiguration, anActionRun, aPart, nowMs } from '../../support/domain-builders.ts';

const minuteMs = 60_000;

describe('expectActions', () => {
  const joinDomain = aConfiguredAction();
  const installAgent = aConfiguredAction({
    actionName: 'Install agent',
    documentName: 'install-agent',
    source: 'GetLaunchConfiguration',
  });

  it('expects the actions of both places, once each', () => {
    const configuration = aLaunchConfiguration({
      documents: [installAgent, { ...joinDomain, source: 'GetLaunchConfiguration' }],
    });
    expect(expectActions(configuration, [joinDomain])).toEqual([
      {
        actionName: 'Join domain',
        documentName: 'join-domain',
        mustSucceedForCutover: true,
        timeoutSeconds: undefined,
      },
      {
        actionName: 'Install agent',
        documentName: 'install-agent',
        mustSucceedForCutover: true,
        timeoutSeconds: undefined,
      },
    ]);
  });

  it.each([
    ['TEST_AND_CUTOVER', 1],
    ['CUTOVER_ONLY', 1],
    ['TEST_ONLY', 0],
    [undefined, 1],
    ['A_DEPLOYMENT_OF_TOMORROW', 1],
  ])('with deployment %s expects %d action', (postLaunchDeployment, count) => {
    expect(expectActions(aLaunchConfiguration({ postLaunchDeployment }), [joinDomain])).toHaveLength(count);
  });

  it('expects no inactive action', () => {
    expect(expectActions(aLaunchConfiguration(), [{ ...joinDomain, isActive: false }])).toEqual([]);
  });

  it('expects an action that is inactive in one place and active in the other', () => {
    const configuration = aLaunchConfiguration({ documents: [joinDomain] });
    expect(expectActions(configuration, [{ ...joinDomain, isActive: false }])).toHaveLength(1);
  });

  it('is as strict and as patient as the stricter and the more patient of two places', () => {
    const configuration = aLaunchConfiguration({ documents: [{ ...joinDomain, timeoutSeconds: 60 }] });
    const lenient = { ...joinDomain, mustSucceedForCutover: false, timeoutSeconds: 600 };
    expect(expectActions(configuration, [lenient])).toMatchObject([
      { mustSucceedForCutover: true, timeoutSeconds: 600 },
    ]);
    expect(expectActions(configuration, [{ ...lenient, timeoutSeconds: undefined }])).toMatchObject([
      { timeoutSeconds: 60 },
    ]);
    const lenientTwice = aLaunchConfiguration({ documents: [lenient] });
    expect(expectActions(lenientTwice, [lenient])).toMatchObject([{ mustSucceedForCutover: false }]);
  });

  it('keeps two actions apart that run the same document', () => {
    const second = { ...joinDomain, actionName: 'Join domain again' };
    expect(expectActions(aLaunchConfiguration(), [joinDomain, second])).toHaveLength(2);
  });

  it('takes a nameless document for the action that runs it', () => {
    const configuration = aLaunchConfiguration({ documents: [{ ...joinDomain, actionName: undefined }] });
    expect(expectActions(configuration, [joinDomain])).toHaveLength(1);
  });
});

const must = (fields: Partial<ExpectedAction> = {}): ExpectedAction => ({
  actionName: 'Join domain',
  documentName: 'join-domain',
  mustSucceedForCutover: true,
  ...fields,
});
const may = (fields: Partial<ExpectedAction> = {}) => must({ mustSucceedForCutover: false, ...fields });

const factsOf = (
  expected: readonly ExpectedAction[],
  actionRuns: readonly ActionRun[],
  fields: Partial<ActionFacts> = {},
): ActionFacts => ({
  expected,
  part: aPart({ actionRuns }),
  launchedAt: nowMs - 5 * minuteMs,
  agentSeenAt: nowMs - 2 * minuteMs,
  agentMs: 30 * minuteMs,
  actionsMs: 60 * minuteMs,
  now: nowMs,
  ...fields,
});

/** The judgement and the verdict of each action, in short. */
const judge = (facts: ActionFacts): string => {
  const judgement = judgeActions(facts);
  return [judgement.actions, ...judgement.evidence.map((item) => item.verdict)].join(' ');
};

/** When the agent was seen and all the time is used up; when it was not and its own, shorter time is. */
const timeUp = { now: nowMs + 58 * minuteMs };
const agentUnseen = { agentSeenAt: undefined };
const agentTimeUp = { ...agentUnseen, now: nowMs + 25 * minuteMs };

const succeeded = anActionRun();
const failed = anActionRun({ executionStatus: 'FAILED', failureReason: 'exit code 1' });
const inProgress = anActionRun({ executionStatus: 'IN_PROGRESS' });

describe('judgeActions', () => {
  it('passes at once when nothing is expected and nothing ran', () => {
    expect(judgeActions(factsOf([], [], agentUnseen))).toEqual({ actions: 'PASSED', evidence: [], warnings: [] });
  });

  it('passes when the expected action succeeded, and keeps the evidence', () => {
    expect(judgeActions(factsOf([must()], [succeeded]))).toEqual({
      actions: 'PASSED',
      evidence: [
        {
          actionName: 'Join domain',
          documentName: 'join-domain',
          documentType: 'COMMAND',
          executionID: 'execution-1',
          failureReason: undefined,
          mustSucceedForCutover: true,
          verdict: 'SUCCESS',
        },
      ],
      warnings: [],
    });
  });

  const verdicts: [string, ActionFacts, string][] = [
    ['not started yet, agent unseen', factsOf([must()], [], agentUnseen), 'PENDING NEVER_SEEN'],
    ['never started, agent never seen', factsOf([must()], [], agentTimeUp), 'FAILED NEVER_SEEN'],
    ['listed while the agent is awaited', factsOf([must()], [inProgress], agentUnseen), 'PENDING IN_PROGRESS'],
    ['listed, agent never seen', factsOf([must()], [inProgress], agentTimeUp), 'FAILED NEVER_SEEN'],
    ['not started yet, agent seen', factsOf([must()], []), 'PENDING MISSING'],
    ['missing at the end', factsOf([must()], [], timeUp), 'FAILED MISSING'],
    ['in progress', factsOf([must()], [inProgress]), 'PENDING IN_PROGRESS'],
    ['still in progress at the end', factsOf([must()], [inProgress], timeUp), 'FAILED TIMED_OUT'],
    [
      'of a status of tomorrow at the end',
      factsOf([must()], [anActionRun({ executionStatus: 'PAUSED' })], timeUp),
      'FAILED TIMED_OUT',
    ],
    ['failed', factsOf([must()], [failed]), 'FAILED FAILED'],
    ['succeeded at the last moment', factsOf([must()], [succeeded], timeUp), 'PASSED SUCCESS'],
    ['succeeded though the agent was never seen', factsOf([must()], [succeeded], agentTimeUp), 'PASSED SUCCESS'],
    ['of a server the job no longer lists', factsOf([must()], [], { part: undefined, ...timeUp }), 'FAILED MISSING'],
  ];
  it.each(verdicts)('judges an action %s', (_what, facts, expected) => {
    expect(judge(facts)).toBe(expected);
  });

  it.each([
    ['agent deadline', agentUnseen, 25 * minuteMs],
    ['actions deadline, counted from the sight of the agent', {}, 58 * minuteMs],
  ])('holds to the %s', (_what, fields, leftMs) => {
    expect(judge(factsOf([must()], [], { ...fields, now: nowMs + leftMs - 1 }))).toMatch(/^PENDING/);
    expect(judge(factsOf([must()], [], { ...fields, now: nowMs + leftMs }))).toMatch(/^FAILED/);
  });

  it('waits longer for an action with a longer time-out of its own', () => {
    const patient = factsOf([must({ timeoutSeconds: 7_200 })], [inProgress], timeUp);
    expect(judge(patient)).toBe('PENDING IN_PROGRESS');
    expect(judge({ ...patient, now: nowMs + 118 * minuteMs })).toBe('FAILED TIMED_OUT');
    expect(judge(factsOf([must({ timeoutSeconds: 60 })], [inProgress]))).toBe('PENDING IN_PROGRESS');
  });

  it('fails as soon as one must-succeed action failed, whatever still runs', () => {
    const other = must({ actionName: 'Install agent', documentName: 'install-agent' });
    expect(judge(factsOf([must(), other], [failed]))).toBe('FAILED FAILED MISSING');
  });

  it('explains a failure with the action, its document, its execution and MGN’s words', () => {
    expect(judgeActions(factsOf([must()], [failed]))).toMatchObject({
      reasons: [
        {
          code: 'ACTION_FAILED',
          fact: 'action Join domain (join-domain) failed, execution execution-1: exit code 1',
          source: 'DescribeJobs',
        },
      ],
    });
  });

  it('does not speak of a document that MGN does not name', () => {
    const run = anActionRun({ documentName: undefined, executionID: undefined, executionStatus: 'FAILED' });
    const nameless = anActionRun({ ...run, actionName: undefined });

    expect(judgeActions(factsOf([], [run, nameless]))).toMatchObject({
      reasons: [{ fact: 'action Join domain failed' }, { fact: 'action unnamed failed' }],
    });
  });

  it.each([
    [must({ actionName: undefined }), 'action join-domain was never started although the SSM agent was seen'],
    [must({ actionName: 'join-domain' }), 'action join-domain was never started although the SSM agent was seen'],
    [must(), 'action Join domain (join-domain) was never started although the SSM agent was seen'],
  ])('names an action once (%#)', (action, fact) => {
    expect(judgeActions(factsOf([action], [], timeUp))).toMatchObject({ reasons: [{ fact }] });
  });

  it('points to the instance profile when the agent was never seen, to the action’s output otherwise', () => {
    const remedyOf = (facts: ActionFacts) => {
      const judgement = judgeActions(facts);
      return judgement.actions === 'FAILED' ? judgement.reasons[0]?.remedy : undefined;
    };
    expect(remedyOf(factsOf([must()], [inProgress], agentTimeUp))).toContain('instance profile');
    expect(remedyOf(factsOf([must()], [], timeUp))).toContain('Systems Manager');
  });

  describe('an action that may fail', () => {
    it.each([
      ['failed', factsOf([may()], [anActionRun({ ...failed, mustSucceedForCutover: false })]), 'ACTION_FAILED'],
      ['missing', factsOf([may()], [], timeUp), 'ACTION_MISSING'],
      ['never seen', factsOf([may()], [], agentTimeUp), 'ACTION_NEVER_SEEN'],
      [
        'timed out',
        factsOf([may()], [anActionRun({ ...inProgress, mustSucceedForCutover: false })], timeUp),
        'ACTION_TIMED_OUT',
      ],
    ])('only warns when it is %s', (_what, facts, code) => {
      expect(judgeActions(facts)).toMatchObject({ actions: 'PASSED', warnings: [{ code }] });
    });

    it('is waited for, so that its failure is known before anybody commits', () => {
      expect(judge(factsOf([may()], [anActionRun({ ...inProgress, mustSucceedForCutover: false })]))).toMatch(
        /^PENDING/,
      );
    });

    it('must succeed where the job says so', () => {
      expect(judge(factsOf([may()], [failed]))).toBe('FAILED FAILED');
    });

    it('does not hide a must-succeed action that is still awaited', () => {
      const other = must({ actionName: 'Install agent', documentName: 'install-agent' });
      const facts = factsOf([may(), other], [anActionRun({ ...failed, mustSucceedForCutover: false })]);
      expect(judge(facts)).toBe('PENDING FAILED MISSING');
    });
  });

  it('demands success of a run that the job does not call must-succeed but the configuration does', () => {
    expect(judge(factsOf([must()], [anActionRun({ ...failed, mustSucceedForCutover: false })]))).toBe('FAILED FAILED');
  });

  describe('runs beyond the expected ones', () => {
    const extra = (fields: Partial<ActionRun>) =>
      anActionRun({ actionName: 'Harden', documentName: 'harden', ...fields });

    it.each([
      ['succeeded', extra({}), 'PASSED SUCCESS SUCCESS'],
      ['failed and must succeed', extra({ executionStatus: 'FAILED' }), 'FAILED SUCCESS FAILED'],
      ['failed and may', extra({ executionStatus: 'FAILED', mustSucceedForCutover: false }), 'PASSED SUCCESS FAILED'],
      ['is in progress', extra({ executionStatus: 'IN_PROGRESS' }), 'PENDING SUCCESS IN_PROGRESS'],
    ])('count when one %s', (_what, run, expected) => {
      expect(judge(factsOf([must()], [succeeded, run]))).toBe(expected);
    });

    it('count even where none is expected', () => {
      expect(judge(factsOf([], [failed]))).toBe('FAILED FAILED');
    });
  });

  describe('which run belongs to which action', () => {
    it('goes by the name where both have one', () => {
      const second = must({ actionName: 'Join domain again' });
      const runs = [anActionRun({ actionName: 'Join domain again' }), failed];
      expect(judge(factsOf([must(), second], runs))).toBe('FAILED FAILED SUCCESS');
    });

    it('goes by the document where a name is missing', () => {
      expect(judge(factsOf([must()], [anActionRun({ actionName: undefined })]))).toBe('PASSED SUCCESS');
      expect(judge(factsOf([must({ actionName: undefined })], [succeeded]))).toBe('PASSED SUCCESS');
    });

    it('never goes by two missing documents', () => {
      const run = anActionRun({ actionName: undefined, documentName: undefined });
      expect(judge(factsOf([must()], [run], timeUp))).toBe('FAILED MISSING SUCCESS');
    });

    it('lets one success answer for one action only', () => {
      const nameless = anActionRun({ actionName: undefined });
      const second = must({ actionName: 'Join domain again' });
      expect(judge(factsOf([must(), second], [nameless], timeUp))).toBe('FAILED SUCCESS MISSING');
      expect(judge(factsOf([must(), second], [nameless, nameless]))).toBe('PASSED SUCCESS SUCCESS');
    });

    it.each([
      ['first', [failed, succeeded]],
      ['last', [succeeded, failed]],
    ])('does not pass over a failed run that comes %s of two', (_what, runs) => {
      expect(judge(factsOf([must()], runs))).toMatch(/^FAILED/);
      const undemanding = runs.map((run) => ({ ...run, mustSucceedForCutover: false }));
      expect(judge(factsOf([must()], undemanding))).toMatch(/^FAILED/);
      const other = may({ actionName: 'Install agent', documentName: 'install-agent' });
      expect(judge(factsOf([other, must()], undemanding))).toMatch(/^FAILED/);
    });
  });
});
