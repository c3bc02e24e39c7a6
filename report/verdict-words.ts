/** What became of source servers and of the run, as symbols and words: nothing is said by a colour alone. */
import type { RunReport, ServerReport } from '../functions/domain/report.ts';

/** A verdict, or that there is none yet. */
export type ShownVerdict = ServerReport['verdict'];

/** How good it is, which is also the name of its colour. */
export type Tone = 'good' | 'undone' | 'bad' | 'open';

interface VerdictWords {
  readonly symbol: string;
  readonly words: string;
  readonly tone: Tone;
  /** What it means, for who has not been there. */
  readonly meaning: string;
}

const words: Readonly<Record<ShownVerdict, VerdictWords>> = {
  VERIFIED: {
    symbol: '✓',
    words: 'VERIFIED',
    tone: 'good',
    meaning: 'launched, booted, checked; can still be brought back',
  },
  FINALIZED: { symbol: '✓', words: 'FINALIZED', tone: 'good', meaning: 'committed; cannot be undone' },
  ROLLED_BACK: {
    symbol: '↺',
    words: 'ROLLED BACK',
    tone: 'undone',
    meaning: 'back at its source, ready for another night',
  },
  BLOCKED: { symbol: '⊘', words: 'BLOCKED', tone: 'undone', meaning: 'not ready, and not touched' },
  NOT_STARTED: { symbol: '⊘', words: 'NOT STARTED', tone: 'undone', meaning: 'not cut over' },
  NEEDS_A_PERSON: {
    symbol: '!',
    words: 'NEEDS A PERSON',
    tone: 'bad',
    meaning: 'no facts allow a verdict; somebody has to look',
  },
  UNDECIDED: { symbol: '·', words: 'UNDECIDED', tone: 'open', meaning: 'the run has not come to a verdict' },
};

/** All verdicts, the ones that need somebody first. */
export const verdictsInOrder: readonly ShownVerdict[] = [
  'NEEDS_A_PERSON',
  'UNDECIDED',
  'ROLLED_BACK',
  'BLOCKED',
  'NOT_STARTED',
  'VERIFIED',
  'FINALIZED',
];

/** The words for a verdict. */
export function verdictWords(verdict: ShownVerdict): VerdictWords {
  return words[verdict];
}

const outcomes: Readonly<Record<RunReport['outcome'], { readonly words: string; readonly tone: Tone }>> = {
  VERIFIED: { words: 'Everything is cut over and verified.', tone: 'good' },
  FINALIZED: { words: 'Everything is cut over, verified and finalized.', tone: 'good' },
  PARTIAL: { words: 'Not everything was cut over.', tone: 'undone' },
  REFUSED: { words: 'The run was refused, and nothing was touched.', tone: 'undone' },
  NEEDS_A_PERSON: { words: 'A person is needed.', tone: 'bad' },
  UNFINISHED: { words: 'The run has not ended.', tone: 'open' },
};

/** The outcome of the run in one sentence, and how good it is. */
export function outcomeWords(run: RunReport, servers: readonly ServerReport[]): { words: string; tone: Tone } {
  const isCutOver = ({ verdict }: ServerReport) => verdict === 'VERIFIED' || verdict === 'FINALIZED';
  if (run.outcome !== 'PARTIAL') return outcomes[run.outcome];
  if (servers.every(isCutOver))
    return { words: 'Everything is cut over, but not all of it finalized as asked.', tone: 'undone' };
  return servers.some(isCutOver) ? outcomes.PARTIAL : { words: 'Nothing was cut over.', tone: 'undone' };
}

/** The name a person knows a source server by. */
export function nameOf({ hostname, sourceServerID }: Pick<ServerReport, 'hostname' | 'sourceServerID'>): string {
  return hostname ?? sourceServerID;
}

/** The name of its application, or its ID where no name is known. */
export function applicationOf({ applicationName, applicationID }: ServerReport): string {
  return applicationName ?? applicationID ?? 'no application';
}
