/** Defects of what the input asks for: windows, order, failure policy, quotas, gates, and the report of it all. */
import type { PlantedBug } from '../planted-bug.ts';

const failurePolicy = 'functions/domain/failure-policy.ts';

/** Bugs in doing what the input asks for. */
export const policyBugs: readonly PlantedBug[] = [
  {
    name: 'window-ignored',
    what: 'Source servers are started although the window leaves no time to launch them and to bring them back.',
    edits: [
      {
        file: 'functions/domain/window.ts',
        find: 'if (now > safeUntil || safeUntil < opensAt) {',
        replace: 'if (now > safeUntil && closesAt < opensAt) {',
      },
      {
        file: 'functions/domain/start-queue.ts',
        find: 'if (run.input.window === undefined) return () => undefined;',
        replace: 'if (run.input.window === undefined || now > 0) return () => undefined;',
      },
    ],
    checkers: ['window'],
  },
  {
    name: 'priority-groups-ignored',
    what: 'All priority groups are started at once.',
    edits: [
      {
        file: 'functions/domain/start-queue.ts',
        find: 'record.priorityGroup === group &&',
        replace: 'group !== undefined &&',
      },
    ],
    checkers: ['whole-applications'],
  },
  {
    name: 'stop-at-ignored',
    what: 'However many source servers have failed, the wave goes on starting others.',
    edits: [
      {
        file: failurePolicy,
        find: 'if (stopAt === undefined) return undefined;',
        replace: 'if (stopAt === undefined || servers.length > 0) return undefined;',
      },
    ],
    checkers: ['whole-applications'],
  },
  {
    name: 'atomic-application-ignored',
    what: 'A failed source server does not take its atomic application along.',
    edits: [
      {
        file: failurePolicy,
        find: "return policy.application === 'atomic';",
        replace: "return policy.application === 'atomic' && policy.wave === 'atomic';",
      },
    ],
    checkers: ['whole-applications'],
  },
  {
    name: 'quotas-not-looked-at',
    what: 'A job is started without a look at how much of MGN’s quotas others use.',
    edits: [
      {
        file: 'functions/shared/quota-turn.ts',
        find: 'room: mayTake(value, runID, roomBeside(jobs, value.reservations), now),',
        replace: 'room: { jobs: activeJobsMax, servers: jobServersMax },',
      },
    ],
    checkers: ['quotas'],
  },
  {
    name: 'start-gate-ignored',
    what: 'A wave that asks for a person’s approval starts without it.',
    edits: [
      {
        file: 'functions/handlers/assess-readiness.ts',
        find: "isApproved(run, known.lastSafeStartAt, now) ? 'PROCEED' : 'AWAIT_APPROVAL'",
        replace: "isApproved(run, known.lastSafeStartAt, now) ? 'PROCEED' : 'PROCEED'",
      },
    ],
    checkers: ['no-unasked-writes'],
  },
  {
    name: 'blocked-missing-from-the-report',
    what: 'Source servers that were blocked are left out of the report.',
    edits: [
      {
        file: 'functions/domain/report.ts',
        find: '.map((record) => reportServer(record,',
        replace: ".filter(({ verdict }) => verdict !== 'BLOCKED').map((record) => reportServer(record,",
      },
    ],
    checkers: ['accounted'],
  },
  {
    name: 'needy-run-called-partial',
    what: 'A run that left a source server to a person is reported as PARTIAL.',
    edits: [
      {
        file: 'functions/domain/wave-outcome.ts',
        find: "records.some((record) => record.verdict === 'NEEDS_A_PERSON' || record.verdict === undefined)",
        replace: 'records.some((record) => record.verdict === undefined)',
      },
    ],
    checkers: ['accounted', 'reported-failures'],
  },
];
