/** The scene of a night as its checkers see it; what is looked up is kept until the night has moved on. */
import { buildReport, type Report } from '../../functions/domain/report.ts';
import type { InspectedAccount } from '../../simulator/world/inspect.ts';
import { runIDOf, type Night, type RunLeft } from '../support/a-run.ts';
import type { Scene, Started } from './scene.ts';
import type { Script } from './script.ts';

/** A scene that is told when the night has moved on. */
export interface MovingScene extends Scene {
  /** What was looked up is to be looked up again. */
  forget(): void;
}

/** The scene of a night; `started` grows, and `isCalm` is asked each time. */
export function sceneOf(script: Script, night: Night, started: readonly Started[], isCalm: () => boolean): MovingScene {
  let account: InspectedAccount | undefined;
  let runs = new Map<string, Promise<RunLeft>>();
  let runIDs: Promise<string[]> | undefined;
  const left = (runID: string) => {
    const known = runs.get(runID) ?? night.read(runID);
    runs.set(runID, known);
    return known;
  };
  return {
    script,
    night,
    started,
    writes: night.writes,
    account: () => (account ??= night.account()),
    runIDs: () => (runIDs ??= night.ledger.listRunIDs()),
    left,
    report: async (runID): Promise<Report> => {
      const { run, servers, attempts, failures } = await left(runIDOf(runID));
      return buildReport({ run, servers, attempts, failures });
    },
    get isCalm() {
      return isCalm();
    },
    forget: () => {
      account = undefined;
      runs = new Map();
      runIDs = undefined;
    },
  };
}
