/** Defects of the state machines' files and of what holds a run together: retries, catches, payloads, ends. */
import type { PlantedBug } from '../planted-bug.ts';

const pollJobs = 'functions/handlers/poll-jobs.ts';

/** Bugs in keeping a run going and bringing it to its end. */
export const machineBugs: readonly PlantedBug[] = [
  {
    name: 'catch-leads-to-success',
    what: 'The Catch of a rollback’s first step leads to a state that ends the execution as a success.',
    edits: [
      {
        file: 'statemachine/rollback.asl.json',
        find: '"Next": "RollbackNotStarted"',
        replace: '"Next": "HandedBack"',
      },
    ],
    checkers: ['honest-ends'],
  },
  {
    name: 'retry-missing',
    what: 'A single failure of Lambda’s own makes the cutover loop give up, because its look is not repeated.',
    edits: [
      {
        file: 'statemachine/cutover-shift.asl.json',
        find: `"checkedAt.$": "$.look.checkedAt"
      },
      "ResultPath": "$.look",
      "Retry": [
        {
          "ErrorEquals": [
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.TooManyRequestsException",
            "Lambda.Unknown",`,
        replace: `"checkedAt.$": "$.look.checkedAt"
      },
      "ResultPath": "$.look",
      "Retry": [
        {
          "ErrorEquals": [
            "Lambda.AWSLambdaException",`,
      },
    ],
    checkers: ['patience'],
  },
  {
    name: 'failure-not-recorded',
    what: 'A step that failed for good leaves no record of it.',
    edits: [
      {
        file: 'functions/handlers/record-failure.ts',
        find: 'await deps.ledger.recordFailure(event.runID, { at: now, error, cause });',
        replace: '',
      },
    ],
    checkers: ['recorded-failures'],
  },
  {
    name: 'payload-grows',
    what: 'Each look of the cutover loop hands a little more to the next one.',
    edits: [
      {
        file: pollJobs,
        find: 'return whatIsDue({ ...before, attempts, records }, shift);',
        replace:
          "return { ...whatIsDue({ ...before, attempts, records }, shift), trail: '#'.repeat(event.looks * 4_000) };",
      },
    ],
    checkers: ['budgets'],
  },
  {
    name: 'looks-every-second',
    what: 'The cutover loop looks every second and is never handed over to a new execution.',
    edits: [
      {
        file: 'functions/domain/wave-course.ts',
        find: 'return { ...due, delaySeconds: delaySeconds(wave, due) };',
        replace: 'return { ...due, delaySeconds: Math.min(1, delaySeconds(wave, due)) };',
      },
      {
        file: 'functions/domain/wave-course.ts',
        find: 'now >= shift.startedAt + shiftMs || shift.looks >= shiftLooksMax',
        replace: 'shift.looks >= 100 * shiftLooksMax',
      },
    ],
    checkers: ['budgets'],
  },
  {
    name: 'run-without-an-end',
    what: 'The last step gives its answer and writes no end into the run.',
    edits: [
      {
        file: 'functions/handlers/record-outcome.ts',
        find: ', end: { endedAt: now, outcome, summary } },',
        replace: ' },',
      },
    ],
    checkers: ['liveness'],
  },
];
