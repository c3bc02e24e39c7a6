/** Defects of bringing back: in order, only one's own, and believed only when MGN shows it. */
import type { PlantedBug } from '../planted-bug.ts';

const rollbackPlan = 'functions/domain/rollback-plan.ts';

/** Bugs in rolling back. */
export const rollbackBugs: readonly PlantedBug[] = [
  {
    name: 'terminate-before-revert',
    what: 'The cutover instance is terminated while its source server is still CUTTING_OVER.',
    edits: [
      {
        file: rollbackPlan,
        find: "return server.lifeCycleState === 'READY_FOR_CUTOVER' && !isLaunchedInstanceGone(server, jobs);",
        replace: 'return !isLaunchedInstanceGone(server, jobs);',
      },
      {
        file: 'functions/domain/rollback-group.ts',
        find: "return planRevert(facts).step === 'REVERT' && !isHeld(facts);",
        replace: "return planRevert(facts).step === 'REVERT' && facts.record.rollback?.terminateJobID !== undefined;",
      },
    ],
    checkers: ['revert-before-terminate', 'legal-calls'],
  },
  {
    name: 'terminate-whatever-is-there',
    what: 'A rollback terminates whatever instance the source server shows, whoever launched it.',
    edits: [
      {
        file: rollbackPlan,
        find: 'instance?.jobID === undefined || instance.jobID !== record.cutover?.jobID) return false;',
        replace: 'instance?.jobID === undefined || record.rollback === undefined) return false;',
      },
    ],
    checkers: ['own-instances', 'foreign-harm'],
  },
  {
    name: 'rollback-without-ownership',
    what: 'A rollback reverts whatever cutover the source server is in, whoever started it.',
    edits: [
      {
        file: rollbackPlan,
        find: 'const isOurs = record.cutover !== undefined && server.lastCutover.jobID === record.cutover.jobID;',
        replace: 'const isOurs = record.rollback !== undefined;',
      },
    ],
    checkers: ['foreign-harm', 'own-servers'],
  },
  {
    name: 'running-jobs-not-waited-for',
    what: 'A rollback calls MGN while a job still holds the source server.',
    edits: [
      {
        file: 'functions/domain/rollback-group.ts',
        find: 'return facts.isStartOpen === true || findHoldingJob(facts) !== undefined || findUnendedCutover(facts) !== undefined;',
        replace: 'return facts.record.rollback === undefined;',
      },
    ],
    checkers: ['legal-calls'],
  },
  {
    name: 'rolled-back-without-proof',
    what: 'A source server is called ROLLED_BACK as soon as everything for it was tried.',
    edits: [
      {
        file: 'functions/handlers/verify-rollback.ts',
        find: 'const judgement = judgeRollback(facts);',
        replace:
          "const judgement = facts.server?.lifeCycleState === 'NONE' ? judgeRollback(facts) : ({ rollback: 'DONE' } as const);",
      },
    ],
    checkers: ['true-verdicts'],
  },
  {
    name: 'instances-left-after-rollback',
    what: 'A rollback only reverts; that the cutover instance still runs is not held against it.',
    edits: [
      {
        file: rollbackPlan,
        find: 'const instance = facts.server?.launchedInstance;\n  if (mayTerminateInstance(facts)) {',
        replace:
          "const instance = facts.server?.launchedInstance;\n  if (Date.now() > 0) return { rollback: 'DONE' };\n  {",
      },
      {
        file: 'functions/domain/rollback-group.ts',
        find: 'if (rollback === undefined || !mayTerminateInstance(facts) || isHeld(facts)) return false;',
        replace: 'if (rollback === undefined || !mayTerminateInstance(facts) || now > 0) return false;',
      },
    ],
    checkers: ['true-verdicts'],
  },
  {
    name: 'rollback-deadline-ignored',
    what: 'A rollback waits without end for a job that never ends.',
    edits: [
      {
        file: 'functions/handlers/await-running-jobs.ts',
        find: "if (remainingMs <= 0) return { state: 'DEADLINE_PASSED', delaySeconds: 0 };",
        replace: "if (remainingMs <= 0) return { state: 'HELD', delaySeconds: 60 };",
      },
    ],
    checkers: ['liveness'],
  },
];
