/** Reports to make pages of, without a night before: small ones that differ in one thing, and large ones. */
import type { FullReport } from '../../cli/full-report.ts';
import type { ServerReport } from '../../functions/domain/report.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';

const startMs = Date.parse('2026-11-28T21:00:00.000Z');

/** The moment so many minutes after the start of every sample run, ISO 8601 in UTC. */
export const minute = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

/** A source server that was verified as planned, unless told otherwise. */
export function aServer(overrides: Partial<ServerReport> = {}): ServerReport {
  const { hostname = 'web-1' } = overrides;
  return {
    sourceServerID: 's-0123456789abcdef0',
    hostname,
    applicationID: 'app-0123456789abcdef0',
    applicationName: 'shop',
    priorityGroup: 5,
    batchID: 'batch-001',
    verdict: 'VERIFIED',
    phase: 'verified',
    phases: [
      { phase: 'resolved', at: minute(0) },
      { phase: 'ready', at: minute(0) },
      { phase: 'terminating test instance', at: minute(1) },
      { phase: 'starting', at: minute(4) },
      { phase: 'conversion', at: minute(8) },
      { phase: 'launch', at: minute(12) },
      { phase: 'first boot', at: minute(16) },
      { phase: 'actions', at: minute(20) },
      { phase: 'verified', at: minute(24) },
    ],
    planned: { cutoverStartsAt: minute(4), launchedAt: minute(18), verifiedAt: minute(30) },
    lifeCycleState: 'CUTTING_OVER',
    reasons: [],
    warnings: [],
    evidence: [
      fact('ready for its cutover', 'every check before the start passed', 'DescribeSourceServers', 0),
      fact('cut over by a job of this run', 'mgnjob-0123456789abcdef0', 'StartCutover', 4),
      fact('launchStatus is LAUNCHED', 'LAUNCHED', 'DescribeJobs', 16),
      fact('the job log shows fresh data and a launch', 'no SNAPSHOT_FAIL', 'DescribeJobLogItems', 16),
      fact('the instance of this job has booted', 'i-0123456789abcdef0', 'DescribeSourceServers', 20),
      fact('the SSM agent was discovered', 'discovered', 'DescribeJobs', 20),
      fact('action Validate is at SUCCESS', 'SUCCESS, 11111111-2222-3333-4444-555555555555', 'DescribeJobs', 24),
    ],
    rollbackProblems: [],
    jobs: { cutover: 'mgnjob-0123456789abcdef0', terminateTestInstance: 'mgnjob-0123456789abcdef1' },
    requestIDs: {},
    instances: { test: 'i-0123456789abcdef9', cutover: 'i-0123456789abcdef0' },
    actions: [],
    timings: {
      cutoverStartedAt: minute(4),
      launchedAt: minute(16),
      bootedAt: minute(20),
      agentSeenAt: minute(20),
      verifiedAt: minute(24),
      phaseSince: minute(24),
    },
    nextSteps: ['to bring it back: mgn-cutover rollback night-1 --region eu-west-1'],
    ...overrides,
  };
}

/** One whose launch failed and which was brought back. */
export function aRolledBackServer(overrides: Partial<ServerReport> = {}): ServerReport {
  return aServer({
    sourceServerID: 's-0123456789abcdef1',
    hostname: 'db-1',
    verdict: 'ROLLED_BACK',
    phase: 'rolled back',
    phases: [
      { phase: 'ready', at: minute(0) },
      { phase: 'starting', at: minute(4) },
      { phase: 'launch', at: minute(12) },
      { phase: 'rolling back', at: minute(20) },
      { phase: 'rolled back', at: minute(26) },
    ],
    lifeCycleState: 'READY_FOR_CUTOVER',
    reasons: [
      {
        code: 'LAUNCH_FAILED',
        fact: 'EC2 did not launch the instance',
        source: 'DescribeJobLogItems',
        remedy: 'Ask for more of this instance type.',
      },
    ],
    jobs: { cutover: 'mgnjob-0123456789abcdef0', terminateCutoverInstance: 'mgnjob-0123456789abcdef7' },
    instances: { cutover: 'i-0123456789abcdef1', terminated: 'i-0123456789abcdef1' },
    requestIDs: { revert: 'aaaaaaaa-1111-2222-3333-444444444444' },
    timings: {
      cutoverStartedAt: minute(4),
      rollbackRequestedAt: minute(20),
      revertedAt: minute(21),
      rolledBackAt: minute(26),
      phaseSince: minute(26),
    },
    nextSteps: [],
    ...overrides,
  });
}

function fact(what: string, finding: string, source: string, atMinute: number): ServerReport['evidence'][number] {
  return { what, finding, holds: 'YES', source, at: minute(atMinute) };
}

/** The report of a run of these source servers in a window in Berlin, approved by a person. */
export function aReport(servers: readonly ServerReport[], overrides: Partial<FullReport> = {}): FullReport {
  const window = { opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T02:00', zone: 'Europe/Berlin' };
  const input = parseRunInput({ waveID: 'wave-0123456789abcdef0', window, options: { start: 'approve' } });
  return {
    run: {
      name: 'night-1',
      target: { waveID: input.waveID },
      options: input.options,
      window,
      outcome: 'PARTIAL',
      summary: '2 source servers: 1 verified, 1 rolled back',
      startedAt: minute(0),
      endedAt: minute(30),
      batchIDs: ['batch-001'],
      plan: {
        plannedAt: minute(0),
        expected: { launchSeconds: 1_200, actionsSeconds: 600, rollbackSeconds: 600 },
        lastSafeStartAt: minute(120),
      },
      gates: [
        {
          gate: 'START',
          openedAt: minute(0),
          closesAt: minute(60),
          answer: {
            approved: true,
            at: minute(1),
            by: 'approve-1',
            person: 'arn:aws:sts::111122223333:assumed-role/Ops/ada',
          },
        },
      ],
    },
    servers,
    jobStarts: [
      {
        kind: 'START_CUTOVER',
        batchID: 'batch-001',
        tryNumber: 1,
        sourceServerIDs: servers.map(({ sourceServerID }) => sourceServerID),
        calledAt: minute(4),
        jobID: 'mgnjob-0123456789abcdef0',
        requestID: 'bbbbbbbb-1111-2222-3333-444444444444',
        answer: 'LOST_AND_FOUND',
      },
    ],
    failures: [],
    world: { isRehearsal: false, place: 'LIVE eu-west-1, account 111122223333' },
    apiCalls: { DescribeJobs: 12, StartCutover: 1 },
    ...overrides,
  };
}

/** As many source servers as a run takes, in applications of ten; one in five was rolled back. */
export function aLargeReport(count: number): FullReport {
  const servers = Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(5, '0');
    const application = String(Math.floor(index / 10)).padStart(3, '0');
    const named = {
      sourceServerID: `s-abcdefghijkl${number}`,
      hostname: `server-${number}`,
      applicationID: `app-abcdefghijklmn${application}`,
      applicationName: `application-${application}`,
    };
    return index % 5 === 4 ? aRolledBackServer(named) : aServer(named);
  });
  return aReport(servers);
}
