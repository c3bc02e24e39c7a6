/** Small nights behind whose back something is changed, to see whether a checker finds it. */
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { aWave, runIDOf, type Write } from '../../support/a-run.ts';
import { playScript } from '../play.ts';
import type { Checker, MakeChecker, Scene } from '../scene.ts';
import type { Script, StartAct } from '../script.ts';

type Servers = Parameters<typeof aWave>[0];

/** What a night may have beside its source servers. */
export interface NightParts extends Partial<Omit<Script, 'scenario'>> {
  readonly options?: Record<string, unknown>;
  readonly window?: Record<string, string>;
  readonly scenario?: Partial<Script['scenario']>;
}

/** A night of one wave with one application of these source servers, in which the run `night-1` cuts it over. */
export function aNight(servers: Servers, { options, window, scenario, acts = [], ...rest }: NightParts = {}): Script {
  const start: StartAct = {
    act: 'start',
    atSeconds: 0,
    machine: 'wave-cutover',
    name: 'night-1',
    input: { waveID: 'wave:wave', options: { ...options }, ...(window && { window }) },
  };
  return {
    ...{
      seed: 1,
      kind: 'one batch' as const,
      stepFaults: [],
      ledgerFaults: [],
      hookFaults: [],
      skewMs: 0,
      isUndone: false,
    },
    ...rest,
    scenario: { ...aWave(servers), ...scenario },
    acts: [start, ...acts],
  };
}

/** Steps into a night where checkers are asked, before the checker is. */
export type Doctor = Partial<Omit<Checker, 'name'>>;

/** What the checker finds in the night. */
export async function foundBy(make: MakeChecker, script: Script, doctor: Doctor = {}): Promise<string[]> {
  const doctored: MakeChecker = () => ({ name: 'doctor', ...doctor });
  const { breaches } = await playScript(script, { checkers: [doctored, make] });
  return breaches.map(({ what }) => what);
}

/** Changes the records of the run's source servers of that host name; at once, so that `onWrite` may do it too. */
export async function changeServers(
  { night }: Scene,
  change: (record: ServerRecord) => Partial<ServerRecord>,
  hostname?: string,
  name = 'night-1',
): Promise<readonly string[]> {
  const records = await night.ledger.readServers(runIDOf(name));
  const named = records.filter((record) => hostname === undefined || record.hostname === hostname);
  await night.ledger.saveServers(
    runIDOf(name),
    named.map((record) => ({ ...record, ...change(record) })),
  );
  return [];
}

/** Changes the run's record. */
export async function changeRun(
  { night }: Scene,
  change: (run: RunRecord) => Partial<RunRecord>,
  name = 'night-1',
): Promise<readonly string[]> {
  const stored = await night.ledger.readRun(runIDOf(name));
  if (stored === undefined) throw new Error(`no run ${name}`);
  await night.ledger.saveRun({ ...stored.value, ...change(stored.value) }, stored.version);
  return [];
}

/** A checker that is asked about a call as if the ledger had been changed right before the call was sent. */
export function asIfBefore(
  make: MakeChecker,
  operation: string,
  change: (scene: Scene, write: Write) => Partial<Scene>,
): MakeChecker {
  return () => {
    const checker = make();
    return {
      ...checker,
      onWrite: (write, scene) =>
        checker.onWrite?.(write, write.operation === operation ? { ...scene, ...change(scene, write) } : scene) ?? [],
    };
  };
}

/** The scene with a ledger that shows its runs and their source servers otherwise. */
export function withLedger(
  { night }: Scene,
  {
    run = () => ({}),
    server = () => ({}),
  }: {
    readonly run?: (run: RunRecord) => Partial<RunRecord>;
    readonly server?: (record: ServerRecord) => Partial<ServerRecord>;
  },
): Pick<Scene, 'night'> {
  const { ledger } = night;
  return {
    night: {
      ...night,
      ledger: {
        ...ledger,
        async readRun(runID) {
          const stored = await ledger.readRun(runID);
          return stored && { ...stored, value: { ...stored.value, ...run(stored.value) } };
        },
        async readServers(runID) {
          return (await ledger.readServers(runID)).map((record) => ({ ...record, ...server(record) }));
        },
      },
    },
  };
}
