/**
 * Every alarm that pages somebody: what it says, and which section of the runbook tells what to do. Plain data, so that
 * the runbook can be held against it.
 */

/** The runbook, relative to the repository's root; it has a section for each alarm. */
export const runbookPage = 'docs/operations/runbook.md';

/** What a person who is paged is told. */
export interface AlarmFacts {
  /** One sentence: what happened. */
  readonly says: string;
  /** The runbook's section: its heading as a link's fragment. */
  readonly anchor: string;
  /**
   * Whether people are told as well when it is over. Where the alarm counts something that happened, its end means no
   * more than that time has passed, and would look like an all-clear.
   */
  readonly isToldWhenOver: boolean;
}

/** The alarms by their names; in an account, the stack's name and `-` stand before. */
export const alarmFacts = {
  WaveFailed: {
    says: 'A wave or a migration ended, and not every source server of its input is verified or finalized.',
    anchor: 'wave-failed',
    isToldWhenOver: false,
  },
  ExecutionTimedOut: {
    says: 'An execution of migration-run, wave-cutover, rollback or commit reached its time limit before it was done.',
    anchor: 'execution-timed-out',
    isToldWhenOver: false,
  },
  RollbackIncomplete: {
    says: 'A rollback ended, and at least one source server is not back.',
    anchor: 'rollback-incomplete',
    isToldWhenOver: false,
  },
  NoProgress: {
    says: 'A run stands still, or WatchRuns, which would notice, has not been heard of for a quarter of an hour.',
    anchor: 'no-progress',
    isToldWhenOver: true,
  },
  PersonNeeded: {
    says: 'A run ended with source servers of which it cannot say that they are well or back.',
    anchor: 'person-needed',
    isToldWhenOver: false,
  },
  DeadLetters: {
    says: 'A scheduled start was not made within its window, or an event or a notice could not be delivered.',
    anchor: 'dead-letters',
    isToldWhenOver: true,
  },
  WatcherFailing: {
    says: 'ReportRun or WatchRuns failed at least three times within a quarter of an hour.',
    anchor: 'watcher-failing',
    isToldWhenOver: true,
  },
} as const satisfies Readonly<Record<string, AlarmFacts>>;

/** The name of an alarm, without the stack's. */
export type AlarmName = keyof typeof alarmFacts;

/** All that an alarm's description says: what happened, and where to read on. */
export function alarmDescription(name: AlarmName): string {
  const { says, anchor } = alarmFacts[name];
  return `${says} What to do: ${runbookPage}#${anchor}`;
}
