/** Defects of what happens before and while a cutover is started: exactly once, and only what is one's own to start. */
import type { PlantedBug } from '../planted-bug.ts';

const attemptJob = 'functions/shared/attempt-job.ts';
const startCheck = 'functions/domain/start-check.ts';

/** Bugs in starting. */
export const startingBugs: readonly PlantedBug[] = [
  {
    name: 'attempt-written-after-the-call',
    what: 'The attempt is written down only once StartCutover has answered, so a lost answer leaves no trace.',
    edits: [
      {
        file: attemptJob,
        find: 'const version = await deps.ledger.saveAttempt(run.runID, attempt, previous?.version);',
        replace: 'const version = previous?.version as number;',
      },
    ],
    checkers: ['nothing-lost', 'true-verdicts'],
  },
  {
    name: 'lost-answer-not-looked-for',
    what: 'After a lost answer the job is not looked for: when the settle time is up the call counts as one without effect.',
    edits: [
      {
        file: attemptJob,
        find: 'const job = await searchOwnJob(deps, run, mgn, attempt);',
        replace: 'const job = undefined as Awaited<ReturnType<typeof searchOwnJob>>;',
      },
    ],
    checkers: ['true-verdicts', 'nothing-lost'],
  },
  {
    name: 'adoption-ignores-the-tag',
    what: 'After a lost answer any new job with exactly these source servers is taken for the run’s own, with or without its tag.',
    edits: [
      {
        file: 'functions/domain/adoption.ts',
        find: "if (tagged !== undefined || echo !== 'no') return tagged;",
        replace: 'if (tagged !== undefined) return tagged;',
      },
    ],
    checkers: ['true-verdicts', 'verified-evidence', 'foreign-harm'],
  },
  {
    name: 'naive-retry-of-start',
    what: 'StartCutover is simply called again after a lost answer, on servers that nobody has looked at again.',
    edits: [
      {
        file: attemptJob,
        find: "const isStarted = settled?.value.state === 'STARTED';",
        replace: 'const isStarted = settled?.value.isAnswered === true;',
      },
      {
        file: attemptJob,
        find: 'const job = await searchOwnJob(deps, run, mgn, attempt);',
        replace: 'const job = undefined as Awaited<ReturnType<typeof searchOwnJob>>;',
      },
      {
        file: attemptJob,
        find: 'now < attempt.calledAt + run.input.options.settleSeconds * 1_000',
        replace: 'now < attempt.calledAt',
      },
      {
        file: startCheck,
        find: 'if (isLockedByOther) return [lockLost];',
        replace: 'if (server !== undefined) return [];',
      },
    ],
    checkers: ['one-launch', 'legal-calls', 'own-instances', 'foreign-harm'],
  },
  {
    name: 'held-servers-are-started',
    what: 'Right before StartCutover nobody looks whether a job holds the source server or whose instance it has.',
    edits: [
      {
        file: startCheck,
        find: 'return [...holding.map(holdReason), ...foreignInstanceReasons(server, jobs)];',
        replace: 'return [];',
      },
    ],
    checkers: ['foreign-harm', 'own-instances', 'legal-calls'],
  },
  {
    name: 'test-instance-kept',
    what: 'A test instance is left running while its source server is cut over, although the input asks to remove it first.',
    edits: [
      {
        file: 'functions/domain/start-queue.ts',
        find: "if (terminateJobID === undefined) return 'LEFT';",
        replace: "if (terminateJobID === undefined) return 'GONE';",
      },
    ],
    checkers: ['test-instances'],
  },
  {
    name: 'locks-taken-from-a-living-run',
    what: 'A lock that another run holds is taken over, whether that run lives or not.',
    edits: [
      {
        file: 'functions/ledger/ledger.ts',
        find: 'lock.value.runID !== runID && lock.value.expiresAt > now;',
        replace: 'lock.value.runID !== runID && lock.value.expiresAt < now;',
      },
    ],
    checkers: ['locks', 'one-launch', 'kept-locks'],
  },
  {
    name: 'locks-never-released',
    what: 'A run that has ended keeps its locks until they expire.',
    edits: [
      {
        file: 'functions/handlers/record-outcome.ts',
        find: 'await deps.ledger.releaseLocks(released, run.runID);',
        replace: '',
      },
    ],
    checkers: ['locks'],
  },
  {
    name: 'locks-released-from-who-needs-a-person',
    what: 'Source servers that need a person are open to the next run at once.',
    edits: [
      {
        file: 'functions/handlers/record-outcome.ts',
        find: "const released = after.filter((record) => record.verdict !== 'NEEDS_A_PERSON').map(",
        replace: 'const released = after.map(',
      },
    ],
    checkers: ['kept-locks'],
  },
];
