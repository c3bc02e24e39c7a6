/** Defects of the point of no return: on a person's word, one by one, each looked at again. */
import type { PlantedBug } from '../planted-bug.ts';

const finalize = 'functions/handlers/finalize-cutover.ts';

/** Bugs in finalizing. */
export const finalizingBugs: readonly PlantedBug[] = [
  {
    name: 'finalize-the-list',
    what: 'A commit of some source servers finalizes every verified one of the run.',
    edits: [
      {
        file: finalize,
        find: "record.verdict === 'VERIFIED' && (asked?.has(record.sourceServerID) ?? true)",
        replace: "record.verdict === 'VERIFIED' && asked?.size !== 0",
      },
    ],
    checkers: ['finalize-evidence', 'no-unasked-writes', 'foreign-harm'],
  },
  {
    name: 'finalize-without-a-commit',
    what: 'What is verified is finalized at once, whatever options.commit says.',
    edits: [
      {
        file: 'functions/handlers/keep-commit-gate.ts',
        find: "run.input.options.commit !== 'approve') return decideAlone(deps, event);",
        replace: "run.input.options.commit !== 'auto') return decideAlone(deps, event);",
      },
      {
        file: 'functions/handlers/keep-commit-gate.ts',
        find: "run.input.options.commit === 'auto' && isAnyVerified ? 'FINALIZE' : 'RECORD'",
        replace: "isAnyVerified ? 'FINALIZE' : 'RECORD'",
      },
      {
        file: finalize,
        find: "if (asked === undefined && run.input.options.commit !== 'auto')",
        replace: 'if (asked?.size === 0)',
      },
    ],
    checkers: ['finalize-evidence', 'no-unasked-writes', 'foreign-harm'],
  },
  {
    name: 'commit-takes-the-unverified',
    what: 'A commit finalizes what was launched, verified or not.',
    edits: [
      {
        file: 'functions/domain/commit.ts',
        find: "const isCommittable = ({ verdict }: ServerRecord) => verdict === 'VERIFIED' || verdict === 'FINALIZED';",
        replace: 'const isCommittable = ({ cutover }: ServerRecord) => cutover !== undefined;',
      },
      {
        file: 'functions/domain/commit.ts',
        find: "return asked.filter((record) => record.verdict === 'VERIFIED');",
        replace: "return asked.filter((record) => record.verdict !== 'FINALIZED');",
      },
      {
        file: 'functions/domain/commit.ts',
        find: "if (record.verdict !== 'VERIFIED') return refuse('NOT_VERIFIED', 'the cutover was not verified');",
        replace: '',
      },
      {
        file: finalize,
        find: "record.verdict === 'VERIFIED' && (asked?.has(record.sourceServerID) ?? true)",
        replace: "record.verdict !== 'FINALIZED' && (asked?.has(record.sourceServerID) ?? true)",
      },
    ],
    checkers: ['window', 'finalize-evidence', 'foreign-harm'],
  },
  {
    name: 'finalize-without-looking',
    what: 'Hours after the verification FinalizeCutover is called without another look at the source server.',
    edits: [
      {
        file: finalize,
        find: 'const assessment = assessCommit(record, server);',
        replace:
          "const assessment = record.verdict === 'BLOCKED' ? assessCommit(record, server) : ({ commit: 'FINALIZE' } as ReturnType<typeof assessCommit>);",
      },
    ],
    checkers: ['finalize-evidence', 'legal-calls', 'foreign-harm'],
  },
];
