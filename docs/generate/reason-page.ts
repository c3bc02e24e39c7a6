/** The reference of reason codes: what a verdict can be for, where the fact comes from, what a person does about it. */
import { codeCell, madeFrom, plainCell, table } from './markdown.ts';
import { reasonsIn, type FoundReason } from './reason-scan.ts';

interface Topic {
  readonly heading: string;
  readonly introduction: string;
  /** Paths in `functions/`; each file with a reason in it is in exactly one topic. */
  readonly files: readonly string[];
}

const topics: readonly Topic[] = [
  {
    heading: 'Before the start',
    introduction:
      'A server with one of these is blocked, or the wave waits or is refused. `plan` shows all of them before the night.',
    files: [
      'domain/readiness.ts',
      'domain/wave-assessment.ts',
      'domain/target.ts',
      'domain/launch-target.ts',
      'domain/launch-capacity.ts',
      'shared/launch-targets.ts',
      'domain/planned-facts.ts',
      'domain/window.ts',
      'handlers/assess-readiness.ts',
    ],
  },
  {
    heading: 'While it waits for its turn',
    introduction: 'What is read again right before StartCutover, so a server that was ready may still not be started.',
    files: ['domain/start-check.ts', 'domain/start-queue.ts', 'domain/wave-decisions.ts', 'domain/giving-up.ts'],
  },
  {
    heading: 'The launch',
    introduction: 'A launch that is not believed is rolled back.',
    files: ['domain/job-outcome.ts', 'handlers/check-launch.ts'],
  },
  {
    heading: 'Post-launch actions',
    introduction: 'Those that must succeed fail the server; the others only warn.',
    files: ['domain/post-launch-actions.ts', 'handlers/check-post-launch-actions.ts'],
  },
  {
    heading: 'Hooks',
    introduction: 'See [hooks](../operations/hooks.md).',
    files: ['domain/hook-effects.ts', 'domain/hooks-not-run.ts'],
  },
  {
    heading: 'What others take along',
    introduction:
      'Reasons of servers that did not fail themselves: `options.failurePolicy` says what follows from what.',
    files: ['domain/failure-policy.ts'],
  },
  {
    heading: 'Rollback',
    introduction:
      'Why a rollback was begun, and what keeps one from being complete: with the latter a person is needed.',
    files: ['domain/rollback-selection.ts', 'domain/rollback-plan.ts', 'handlers/revert-life-cycle.ts'],
  },
  {
    heading: 'Commit',
    introduction:
      'Before FinalizeCutover everything is read again; a server that is not as it was verified is left alone.',
    files: [
      'domain/commit.ts',
      'domain/source-still-written.ts',
      'handlers/finalize-cutover.ts',
      'handlers/keep-commit-gate.ts',
    ],
  },
  {
    heading: 'At the end of a run',
    introduction: 'What is said when a run ends before everything is known.',
    files: ['handlers/record-outcome.ts'],
  },
];

const ofJobLog = (code: string, meaning: string): FoundReason => ({
  code,
  fact: `job log: ${code}, ${meaning}…`,
  source: 'DescribeJobLogItems',
  remedy: '',
});

const ofPolicy = (codes: readonly string[], fact: string, remedy: string): FoundReason[] =>
  codes.map((code) => ({ code, fact, source: 'failure policy', remedy }));

const ofActions = (code: string, meaning: string, remedy: string): FoundReason => ({
  code,
  fact: `action … ${meaning}…`,
  source: 'DescribeJobs',
  remedy,
});

const readOutput = 'Read the action’s output in Systems Manager, mend it, and prove it with a test launch.';

/** Codes that are put together when the code runs, by the file that does it; each stands in that file's text or is built from parts of it. */
const builtCodes: Readonly<Record<string, readonly FoundReason[]>> = {
  'domain/job-outcome.ts': [
    ofJobLog('JOB_CANCEL', 'the job was cancelled'),
    ofJobLog('SERVER_SKIPPED', 'MGN took the server out of the job'),
    ofJobLog('CLEANUP_FAIL', 'the earlier instance could not be deleted'),
    ofJobLog('CONVERSION_FAIL', 'the disks could not be made bootable'),
    ofJobLog('LAUNCH_FAILED', 'EC2 did not launch the instance'),
  ],
  'domain/post-launch-actions.ts': [
    ofActions('ACTION_FAILED', 'failed', readOutput),
    ofActions('ACTION_TIMED_OUT', 'was still in progress when its time was up', readOutput),
    ofActions('ACTION_MISSING', 'was never started although the SSM agent was seen', readOutput),
    ofActions(
      'ACTION_NEVER_SEEN',
      'never ran: the SSM agent of the launched instance was never seen',
      'Check the instance profile and the network path to SSM in the launch template.',
    ),
  ],
  'domain/failure-policy.ts': [
    ...ofPolicy(
      ['APPLICATION_FAILED', 'WAVE_FAILED', 'PRIORITY_GROUP_FAILED'],
      '…, which must succeed in …, failed: …',
      'Mend what failed, then cut … over in a new run.',
    ),
    ...ofPolicy(
      ['APPLICATION_INCOMPLETE', 'WAVE_INCOMPLETE', 'PRIORITY_GROUP_BLOCKED'],
      '…, which must succeed in …, is blocked: …',
      'Mend what blocks it, or name it in options.failurePolicy.mayFail to cut … over without it.',
    ),
  ],
  'handlers/revert-life-cycle.ts': [
    { code: 'REVERT_FAILED', fact: 'the refusal in MGN’s words', source: 'ChangeServerLifeCycleState', remedy: '' },
  ],
  'handlers/record-outcome.ts': [
    {
      code: 'the name of an error',
      fact: 'a step failed for good: its cause in its own words; see the [errors](errors.md)',
      source: 'state machine',
      remedy: '',
    },
  ],
};

/** The codes in {@link builtCodes}, by file. */
export const builtCodeNames: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(builtCodes).map(([file, reasons]) => [file, reasons.map(({ code }) => code)]),
);

const isOpen = ({ code }: FoundReason) => code.includes('…');

/**
 * Makes the page from the sources' texts by their path in `functions/`.
 *
 * @throws Error where a file has a reason and no topic, or builds a code that the list of built codes does not have.
 */
export function reasonPage(sources: ReadonlyMap<string, string>): string {
  const found = new Map([...sources].map(([file, text]) => [file, reasonsOf(file, text)]));
  const stray = [...found].filter(
    ([file, reasons]) => reasons.length > 0 && !topics.some(({ files }) => files.includes(file)),
  );
  if (stray.length > 0) throw new Error(`give a topic to ${stray.map(([file]) => file).join(', ')} (reason-page.ts)`);
  return [
    madeFrom('the sources of `functions/`'),
    '',
    '# Reason codes',
    '',
    'Every verdict has reasons: a code that stays the same from release to release, the fact in MGN’s words, the API (or the record of ours) that it was read from, and what to do about it. “…” stands for what is filled in (names, states, numbers), and “/” between facts that are told alternatively. `npx mgn-cutover explain SERVER` shows those of one server, with when each was seen.',
    '',
    ...topics.flatMap((topic) => topicLines(topic, found)),
  ].join('\n');
}

function reasonsOf(file: string, text: string): FoundReason[] {
  const found = reasonsIn(file, text);
  const built = builtCodes[file] ?? [];
  if (found.some(isOpen) !== built.length > 0) {
    throw new Error(`list the codes that ${file} builds, or take them off the list (reason-page.ts)`);
  }
  return [...found.filter((reason) => !isOpen(reason)), ...built];
}

/** What is nothing but filled in has no words to show here. */
function factCell(fact: string): string {
  if (!/\p{L}/u.test(fact)) return 'said in full where it happens';
  return fact.includes('](') ? fact : plainCell(fact);
}

function topicLines(
  { heading, introduction, files }: Topic,
  found: ReadonlyMap<string, readonly FoundReason[]>,
): string[] {
  const rows = files.flatMap((file) =>
    (found.get(file) ?? []).map(({ code, fact, source, remedy }) => [
      code === code.toUpperCase() ? codeCell(code) : code,
      factCell(fact),
      plainCell(source),
      remedy === '…' ? 'It depends on the state.' : plainCell(remedy),
    ]),
  );
  return [
    `## ${heading}`,
    '',
    introduction,
    '',
    ...table(['code', 'fact', 'source', 'what to do'], [...new Map(rows.map((row) => [row.join('|'), row])).values()]),
    '',
  ];
}
