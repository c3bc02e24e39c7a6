/** What went wrong in the nights, and what became of it, in words. */
import type { NightVerdict } from './night.ts';
import { cut, plain } from '../live/fit.ts';
import type { Palette } from '../live/style.ts';
import { needsAPerson, type Figures, type MishapCount } from './figures.ts';
import type { Rehearsal } from './rehearsal.ts';

const mishapWords: Readonly<Record<string, string>> = {
  TAKEN_ALONG: 'taken along by another one that failed',
  ACTION_FAILED: 'a post-launch action failed',
  ACTION_TIMED_OUT: 'a post-launch action never ended',
  ACTION_MISSING: 'a post-launch action was never started',
  ACTION_NEVER_SEEN: 'the SSM agent was never seen',
  NOT_LAUNCHED: 'MGN did not launch it',
  LAUNCH_FAILED: 'EC2 could not launch it',
  CONVERSION_FAIL: 'the conversion failed',
  SNAPSHOT_FAIL: 'no snapshot could be taken',
  STALE_SNAPSHOT: 'an older snapshot was launched',
  USING_PREVIOUS_SNAPSHOT: 'an older snapshot was launched',
  NOT_BOOTED: 'it never booted',
  SERVER_SKIPPED: 'MGN skipped it',
  LAUNCH_DEADLINE: 'its job did not end in time',
  NOT_VERIFIED_IN_TIME: 'it was not verified by rollbackBy',
  WAVE_STOPPED: 'the wave was stopped (failurePolicy.stopAt)',
  WAVE_SKIPPED: 'its wave was not started',
  NO_REASON: 'not started',
};

const verdictWords: Readonly<Record<NightVerdict, string>> = {
  VERIFIED: 'verified',
  FINALIZED: 'finalized',
  ROLLED_BACK: 'rolled back',
  NOT_STARTED: 'not started',
  BLOCKED: 'blocked',
  NEEDS_A_PERSON: 'need a person',
  UNDECIDED: 'left open, need a person',
};

const mishapsShown = 8;

/** The section about mishaps. */
export function mishapLines(rehearsal: Rehearsal, palette: Palette): string[] {
  const { figures, nights, clean } = rehearsal;
  if (figures === undefined || clean === undefined) return [];
  const count =
    nights.length === 0 ? 'the clean night' : nights.length === 1 ? 'one night' : `${String(nights.length)} nights`;
  const shown = figures.mishaps.slice(0, mishapsShown);
  const hidden = figures.mishaps.length - shown.length;
  return [
    palette.strong(`What went wrong in ${count}, and what became of it`),
    `  ${countWords(figures.verdicts)}`,
    ...(shown.length === 0 ? ['  Nothing kept a source server from being verified.'] : table(shown)),
    ...(hidden > 0 ? [`  … and ${String(hidden)} more kinds (--json)`] : []),
    ...faultLines(figures),
    ...personLines(rehearsal, palette),
  ];
}

function table(mishaps: readonly MishapCount[]): string[] {
  const counts = mishaps.map(({ servers }) => servers.toLocaleString('en'));
  const words = mishaps.map(({ code }) => mishapWords[code] ?? cut(plain(code), 40));
  const [countWidth, wordWidth] = [counts, words].map((texts) => Math.max(...texts.map(({ length }) => length)));
  return mishaps.map(
    ({ verdicts }, at) =>
      `  ${(counts[at] ?? '').padStart(countWidth ?? 0)}  ${(words[at] ?? '').padEnd(wordWidth ?? 0)}  ${countWords(verdicts)}`,
  );
}

/** Such as `295 rolled back, 1 not started`. */
function countWords(verdicts: MishapCount['verdicts']): string {
  const parts: [string, number][] = [];
  for (const [verdict, word] of Object.entries(verdictWords)) {
    const count = new Map<string, number>(Object.entries(verdicts)).get(verdict);
    if (count !== undefined) parts.push([word, count]);
  }
  return parts.map(([word, count]) => `${count.toLocaleString('en')} ${word}`).join(', ');
}

const faultWords = {
  throttle: 'throttled',
  serverError: 'failed on MGN’s side',
  lostAnswer: 'took effect and lost their answer',
  staleRead: 'answered with an older state',
  reset: 'were reset',
  refuse: 'were refused',
  delay: 'were late',
} as const;

function faultLines({ faults, lostAndFound, resumed }: Figures): string[] {
  const struck = Object.entries(faultWords).flatMap(([fault, words]) => {
    const count = new Map<string, number>(Object.entries(faults)).get(fault);
    return count === undefined ? [] : [`${count.toLocaleString('en')} ${words}`];
  });
  if (struck.length === 0) return [];
  const found =
    lostAndFound === 0
      ? ''
      : ` ${String(lostAndFound)} jobs whose start got no answer were found and used, none was started twice.`;
  const again = resumed === 0 ? '' : ` ${String(resumed)} times the work was cut short and taken up again.`;
  return [`  Calls: ${struck.join(', ')}.${found}${again}`];
}

function personLines({ nights, clean }: Rehearsal, palette: Palette): string[] {
  const all = clean === undefined ? nights : [clean.night, ...nights];
  const bad = all.filter(needsAPerson);
  if (bad.length === 0)
    return [`  ${palette.of('good', '✓ No source server needed a person, and all that was verified came back.')}`];
  const seeds = bad.slice(0, 5).map(({ seed }) => String(seed));
  const nightsWords = bad.length === 1 ? 'one night' : `${String(bad.length)} nights`;
  return [
    `  ${palette.of('person', `! A person was needed in ${nightsWords} of ${String(all.length)} (seed ${seeds.join(', ')}).`)}`,
  ];
}
