/**
 * The fixed alphabet of phases: one cell for each that a source server passes, so that a column of servers shows at a
 * glance who is how far. Read without colour: `=` is reached, the letter is where it is, `·` is ahead; a way back empties
 * the cells again from the right.
 */
import type { Phase, ServerRecord } from '../../functions/domain/server-record.ts';
import { phaseLabel } from './style.ts';

/** The cells in the order of the night, each with its letter and its words. */
export const cells = [
  { letter: 'R', words: 'ready' },
  { letter: 'T', words: 'test instance gone' },
  { letter: 'S', words: 'snapshot' },
  { letter: 'C', words: 'conversion' },
  { letter: 'L', words: 'launch' },
  { letter: 'B', words: 'boot' },
  { letter: 'A', words: 'actions' },
  { letter: 'V', words: 'verified' },
  { letter: 'F', words: 'committed (finalized)' },
] as const;

/** The letters of all cells, as the heading of the column. */
export const trackHeading = cells.map(({ letter }) => letter).join('');

const cellOf: Readonly<Partial<Record<Phase, number>>> = {
  resolved: 0,
  ready: 0,
  'terminating test instance': 1,
  starting: 2,
  snapshot: 2,
  conversion: 3,
  launch: 4,
  'first boot': 5,
  actions: 6,
  verified: 7,
  finalized: 8,
};

/** The track of one source server, always as wide as {@link trackHeading}. */
export function trackOf(record: Pick<ServerRecord, 'phase' | 'phaseTimes' | 'cutover' | 'testInstance'>): string {
  const { phase } = record;
  switch (phase) {
    case 'verified':
    case 'finalized':
      return track('=', cellOf[phase] ?? 0, '✓');
    case 'blocked':
    case 'not started':
      return track('=', 0, '⊘');
    case 'failed':
      return track('=', furthest(record), '✗');
    case 'rolling back':
      return track('<', furthest(record), '↺');
    case 'rolled back':
      return track('<', 0, '↺');
    case 'needs a person':
      return track('=', furthest(record), '!');
    default: {
      const at = cellOf[phase] ?? 0;
      return track('=', at, cells[at]?.letter ?? '');
    }
  }
}

function track(passed: string, at: number, mark: string): string {
  return passed.repeat(at) + mark + '·'.repeat(Math.max(0, cells.length - at - 1));
}

/** The last cell it came to; the record of an older version knows only the milestones. */
function furthest({
  phaseTimes = {},
  cutover,
  testInstance,
}: Pick<ServerRecord, 'phaseTimes' | 'cutover' | 'testInstance'>): number {
  const noted = Object.entries(cellOf).flatMap(([phase, cell]) => (Object.hasOwn(phaseTimes, phase) ? [cell] : []));
  return Math.max(0, testInstance?.terminateJobID === undefined ? 0 : 1, milestone(cutover), ...noted);
}

function milestone(cutover: ServerRecord['cutover']): number {
  if (cutover === undefined) return 0;
  if (cutover.verifiedAt !== undefined) return 7;
  if (cutover.bootedAt !== undefined) return 6;
  return cutover.launchedAt === undefined ? 2 : 5;
}

/** The phase in a word or two, at most 14 columns. */
export function phaseWord(phase: Phase): string {
  switch (phase) {
    case 'finalized':
      return 'committed';
    case 'first boot':
      return 'boot';
    default:
      return phaseLabel(phase);
  }
}
