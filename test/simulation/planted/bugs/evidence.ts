/** Defects of what is believed: verified is only what all of MGN's facts bear out. */
import type { PlantedBug } from '../planted-bug.ts';

const jobOutcome = 'functions/domain/job-outcome.ts';
const actions = 'functions/domain/post-launch-actions.ts';

/** Bugs in believing a launch. */
export const evidenceBugs: readonly PlantedBug[] = [
  {
    name: 'completed-means-success',
    what: 'A cutover job that is COMPLETED counts as one that has launched its source servers.',
    edits: [
      {
        file: jobOutcome,
        find: 'export function judgeLaunch(facts: LaunchFacts): LaunchJudgement {',
        replace: `export function judgeLaunch(facts: LaunchFacts): LaunchJudgement {
  if (hasEnded(facts.job)) {
    const ec2InstanceID = partOf(facts.job, facts.server.sourceServerID)?.ec2InstanceID ?? 'i-00000000000000000';
    return { launch: 'PASSED', ec2InstanceID };
  }`,
      },
    ],
    checkers: ['liveness', 'true-verdicts', 'verified-evidence'],
  },
  {
    name: 'stale-snapshot-ignored',
    what: 'USING_PREVIOUS_SNAPSHOT and SNAPSHOT_FAIL in the job log, or no SNAPSHOT_END, are not held against a launch.',
    edits: [
      {
        file: jobOutcome,
        find: "if (bad.length > 0) return { launch: 'FAILED', reasons: bad };",
        replace: 'if (bad.length > 0) return judgeFirstBoot(facts);',
      },
    ],
    checkers: ['verified-evidence'],
  },
  {
    name: 'first-boot-not-needed',
    what: 'An instance counts as launched before MGN has seen its first boot.',
    edits: [{ file: jobOutcome, find: "if (isOurs && instance.firstBoot === 'SUCCEEDED')", replace: 'if (isOurs)' }],
    checkers: ['verified-evidence', 'true-verdicts'],
  },
  {
    name: 'empty-action-list-passes',
    what: 'The actions that the job lists are all that is asked for, so that an empty list passes.',
    edits: [
      {
        file: actions,
        find: 'pairRuns(facts.expected, facts.part?.actionRuns ?? [])',
        replace: 'pairRuns([], facts.part?.actionRuns ?? [])',
      },
    ],
    checkers: ['finalize-evidence', 'verified-evidence'],
  },
  {
    name: 'unfinished-actions-pass',
    what: 'Only an action that FAILED counts against a server; one that never ran or never ended does not.',
    edits: [
      {
        file: actions,
        find: "item.verdict !== 'SUCCESS' && (isTimeUp || !isUndecided(item))",
        replace: "item.verdict === 'FAILED'",
      },
    ],
    checkers: ['verified-evidence'],
  },
  {
    name: 'must-succeed-ignored',
    what: 'An action that must succeed for the cutover may fail with a warning.',
    edits: [
      {
        file: actions,
        find: 'const mustFailed = failed.filter((item) => item.mustSucceedForCutover);',
        replace: 'const mustFailed: typeof failed = [];',
      },
    ],
    checkers: ['verified-evidence'],
  },
  {
    name: 'hook-failure-ignored',
    what: 'A hook that has failed changes nothing for its source servers.',
    edits: [
      {
        file: 'functions/domain/hook-effects.ts',
        find: "for (const failed of hooks.filter(({ state }) => state === 'FAILED')) {",
        replace: "for (const failed of hooks.filter(({ state }) => state === 'STARTED' && now < 0)) {",
      },
    ],
    checkers: ['hooks', 'liveness'],
  },
  {
    name: 'launch-deadline-ignored',
    what: 'A launch that is stuck is waited for until more than a week after its deadline.',
    edits: [
      {
        file: jobOutcome,
        find: '!hasEnded(job) && now < launchDeadlineAt;',
        replace: '!hasEnded(job) && now < launchDeadlineAt + 200 * 3_600_000;',
      },
    ],
    checkers: ['liveness', 'locks'],
  },
];
