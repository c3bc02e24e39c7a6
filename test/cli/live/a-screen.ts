/** Pictures of a night for tests: records as the ledger has them, told to a board, drawn at a size. */
import { Board } from '../../../cli/live/board.ts';
import { Framer, type FrameSize } from '../../../cli/live/frame.ts';
import type { RunHeader } from '../../../cli/live/progress.ts';
import { paletteOf } from '../../../cli/live/style.ts';
import { firstView, type ViewState } from '../../../cli/live/view-state.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  applicationID,
  aRunRecord,
  aServerRecord,
  jobID,
  sourceServerID,
  waveID,
} from '../../support/domain-builders.ts';

/** Ten in the evening UTC, eleven in Berlin. */
export const startMs = Date.parse('2026-01-10T22:00:00Z');
export const minute = 60_000;
export const escape = String.fromCharCode(27);
export const plainPalette = paletteOf({ isTerminal: false, env: {} });

/** Source server `number` of application `of`, in a phase since `startMs`. */
export const aServer = (
  number: number,
  phase: ServerRecord['phase'],
  more: Partial<ServerRecord> = {},
): ServerRecord => ({
  ...aServerRecord({
    sourceServerID: sourceServerID(number),
    hostname: `server-${String(number).padStart(4, '0')}`,
    applicationID: applicationID(1),
    applicationName: 'shop',
    phase,
    phaseAt: startMs,
    cutover: undefined,
  }),
  ...more,
});

/** A cutover that this run started at `startedAt`. */
export const startedAt = (at: number, more: Partial<NonNullable<ServerRecord['cutover']>> = {}) => ({
  jobID: jobID(7),
  startedAt: at,
  ...more,
});

/** A run with a window from 22:30 to 04:00 in Berlin, planned and begun. */
export const aRun = (more: Partial<RunRecord> = {}): RunRecord =>
  aRunRecord({
    input: parseRunInput({
      waveID: waveID(1),
      window: { opensAt: '2026-01-10T22:30', closesAt: '2026-01-11T04:00', zone: 'Europe/Berlin' },
    }),
    createdAt: startMs,
    resolvedAt: startMs,
    plan: {
      plannedAt: startMs,
      decision: 'PROCEED',
      reasons: [],
      expected: { launchSeconds: 1_200, actionsSeconds: 600, rollbackSeconds: 900 },
      lastSafeStartAt: startMs + 90 * minute,
    },
    ...more,
  });

/** What is shown, with what most tests do not care about filled in. */
export interface Scene {
  readonly servers?: readonly ServerRecord[];
  readonly runs?: readonly RunRecord[];
  /** The wave of each source server and run, where there are many. */
  readonly waveOf?: (id: string) => string;
  readonly header?: Partial<RunHeader>;
  readonly now?: number;
  readonly state?: Partial<ViewState>;
  readonly hasKeys?: boolean;
  readonly news?: string;
  readonly waves?: string;
  readonly size?: FrameSize;
  readonly palette?: typeof plainPalette;
}

export const aHeader: RunHeader = {
  name: 'night-1',
  kind: 'cutover',
  target: 'wave-1',
  place: 'LIVE eu-west-1, account 123456789012',
  isRehearsal: false,
  flags: '--region eu-west-1',
};

/** The board that has been told of it all. */
export const boardOf = ({ servers = [], runs = [aRun()], waveOf = () => '' }: Scene): Board => {
  const board = new Board();
  for (const run of runs) board.run(run, waveOf(run.runID));
  for (const server of servers) board.server(server, startMs, waveOf(server.sourceServerID));
  return board;
};

/** The picture. */
export const pictureOf = (scene: Scene) => {
  const { now = startMs + 10 * minute, size = { columns: 80, rows: 24 }, palette = plainPalette } = scene;
  const board = boardOf(scene);
  const view = {
    header: { ...aHeader, ...scene.header },
    startedAt: startMs,
    now,
    digest: board.digest(),
    factsAt: board.factsAt(now),
    waves: scene.waves,
    news: scene.news,
    state: { ...firstView, ...scene.state },
    hasKeys: scene.hasKeys ?? false,
  };
  return new Framer(palette).frame(view, size);
};

/** The picture's lines. */
export const linesOf = (scene: Scene): readonly string[] => pictureOf(scene).lines;
