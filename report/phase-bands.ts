/**
 * The fixed alphabet of phases as the timeline paints it: which phases are one band, the letter, the words and the colours
 * of each. In both schemes a band's colour stands out from the paper as much as text must (4.5 to 1), because letters in
 * the colour of the paper are written on it.
 */
import type { Phase } from '../functions/domain/server-record.ts';

/** A band of the timeline. */
export interface Band {
  /** What its colour's variable and class are called. */
  readonly key: string;
  readonly letter: string;
  readonly words: string;
  readonly light: string;
  readonly dark: string;
}

const band = (key: string, letter: string, words: string, light: string, dark: string): Band => ({
  key,
  letter,
  words,
  light,
  dark,
});

const ready = band('ready', 'R', 'ready, waiting for its turn', '#68737f', '#9aa6b2');
const test = band('test', 'T', 'test instance being terminated, then waiting for its turn', '#835c00', '#e3b04b');
const snapshot = band('snapshot', 'S', 'started, snapshot', '#0b6690', '#63bce3');
const conversion = band('conversion', 'C', 'conversion', '#3d4fb0', '#a3b0ff');
const launch = band('launch', 'L', 'launch', '#7539ac', '#cda6ff');
const boot = band('boot', 'B', 'first boot', '#9b2d75', '#f293cb');
const actions = band('actions', 'A', 'post-launch actions', '#006a62', '#55cbbf');
const verified = band('verified', 'V', 'verified, not committed yet', '#1f7430', '#74cf81');
const finalized = band('finalized', 'F', 'committed (finalized)', '#12491f', '#b4e8bb');
const failed = band('failed', '✗', 'failed', '#b3261e', '#ff938a');
const back = band('back', '↺', 'rolling back', '#a03f00', '#ffae70');

/** All of them, in the order of the night. */
export const bands: readonly Band[] = [
  ready,
  test,
  snapshot,
  conversion,
  launch,
  boot,
  actions,
  verified,
  finalized,
  failed,
  back,
];

const bandOfPhase: Readonly<Partial<Record<Phase, Band>>> = {
  resolved: ready,
  ready,
  'terminating test instance': test,
  starting: snapshot,
  snapshot,
  conversion,
  launch,
  'first boot': boot,
  actions,
  verified,
  failed,
  'rolling back': back,
};

/** The band of a phase that takes time; undefined of one that ends it all. */
export function bandOf(phase: Phase): Band | undefined {
  return bandOfPhase[phase];
}
