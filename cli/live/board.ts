/**
 * What is known of a run while it is shown, kept so that a picture of it costs next to nothing while nothing changes:
 * whatever has to look at every source server is worked out once after a change.
 */
import { waitingGate } from '../../functions/domain/gate.ts';
import type { Gate, RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { readWindow, type ChangeWindow } from '../../functions/domain/window.ts';
import { holdMs } from '../../functions/shared/open-run.ts';
import { resourceName } from '../../local/arns.ts';
import { failuresOf, type Failure } from './failures.ts';
import {
  anchorOf,
  horizonOf,
  outlookOf,
  rollbackSecondsOf,
  startOffsets,
  type Horizon,
  type Outlook,
  type QueueForecast,
} from './forecast.ts';
import { applicationName, serverName } from './server-words.ts';
import { standingOf, urgency, type Standing } from './style.ts';

/** A source server as it is shown. */
export interface ServerEntry {
  readonly record: ServerRecord;
  /** Its wave's name where there are many, else empty. */
  readonly wave: string;
  /** The run it belongs to; undefined until that is known. */
  readonly runID: string | undefined;
  readonly name: string;
  readonly application: string;
  readonly standing: Standing;
  readonly outlook: Outlook | undefined;
}

/** An application as it is shown in one line. */
export interface ApplicationEntry {
  /** Tells it from others of the same name. */
  readonly key: string;
  readonly wave: string;
  readonly name: string;
  readonly servers: readonly ServerEntry[];
  /** The one that most needs a look: by how it is doing, then by who is least far. */
  readonly worst: ServerEntry;
  readonly horizon: Horizon | undefined;
}

/** How many source servers are where. */
export interface Counts {
  readonly total: number;
  /** Launched in AWS by this run and neither brought back nor given up as not launched. */
  readonly inAws: number;
  /** Verified or finalized. */
  readonly verified: number;
  readonly finalized: number;
  readonly underWay: number;
  readonly waiting: number;
  /** Failed or being brought back, and not back yet. */
  readonly toBringBack: number;
  readonly broughtBack: number;
  readonly person: number;
  readonly notStarted: number;
}

/** A run, or one of the runs of a migration. */
export interface RunEntry {
  readonly record: RunRecord;
  readonly wave: string;
  readonly window: ChangeWindow | undefined;
}

/** Everything that is worked out after a change. */
export interface Digest {
  /** By wave in the order in which they came, application and name. */
  readonly servers: readonly ServerEntry[];
  readonly applications: readonly ApplicationEntry[];
  readonly counts: Counts;
  readonly horizon: Horizon | undefined;
  readonly failures: readonly Failure[];
  readonly runs: readonly RunEntry[];
}

interface KnownServer {
  readonly record: ServerRecord;
  readonly wave: string;
}

/** Keeps what is known; every method but {@link Board.digest} takes constant time. */
export class Board {
  readonly #servers = new Map<string, KnownServer>();
  readonly #entries = new Map<string, ServerEntry>();
  readonly #runs = new Map<string, RunEntry>();
  readonly #offsets = new Map<string, ReadonlyMap<string, number>>();
  #order: readonly string[] = [];
  #isReordered = false;
  #digest: Digest | undefined;
  #factsAt = -Infinity;

  /** The newest instant that something known is of, epoch milliseconds; undefined while nothing is known. */
  factsAt(now: number): number | undefined {
    return this.#factsAt === -Infinity ? undefined : Math.min(now, this.#factsAt);
  }

  /** A source server's record, told at `at`. */
  server(record: ServerRecord, at: number, wave = ''): void {
    const id = record.sourceServerID;
    const known = this.#servers.get(id);
    this.#note(record.phaseAt);
    if (known?.record === record) return;
    // What has changed between two looks is as new as the later one.
    if (known !== undefined && JSON.stringify(known.record) !== JSON.stringify(record)) this.#note(at);
    this.#servers.set(id, { record, wave });
    this.#entries.delete(id);
    this.#isReordered ||= known === undefined || known.wave !== wave || isElsewhere(known.record, record);
    this.#digest = undefined;
  }

  /** A run's record. */
  run(record: RunRecord, wave = ''): void {
    const known = this.#runs.get(record.runID);
    const { holder, createdAt, plan, gates = [] } = record;
    for (const at of [createdAt, plan?.plannedAt, ...gates.map(({ openedAt }) => openedAt)]) this.#note(at);
    if (holder !== undefined) this.#note(holder.heldUntil - holdMs);
    if (known?.record === record) return;
    const { window } = record.input;
    const isSameWindow = known !== undefined && known.record.input.window === window;
    this.#runs.set(record.runID, { record, wave, window: isSameWindow ? known.window : window && readWindow(window) });
    // Expected times and options bear on every forecast.
    this.#entries.clear();
    this.#offsets.delete(wave);
    this.#digest = undefined;
  }

  /** A step has just gone well. */
  heard(at: number): void {
    this.#note(at);
  }

  /** Only the source servers of these waves are under way; the others make room. */
  keepWaves(names: ReadonlySet<string>): void {
    for (const [id, { wave }] of this.#servers) {
      if (wave === '' || names.has(wave)) continue;
      this.#servers.delete(id);
      this.#entries.delete(id);
      this.#isReordered = true;
      this.#digest = undefined;
    }
    for (const [id, { wave }] of this.#runs) {
      if (wave === '' || names.has(wave)) continue;
      this.#runs.delete(id);
      this.#digest = undefined;
    }
  }

  /** What follows from it all; the same object until something changes. */
  digest(): Digest {
    this.#digest ??= this.#makeDigest();
    return this.#digest;
  }

  #note(at: number | undefined): void {
    if (at !== undefined && at > this.#factsAt) this.#factsAt = at;
  }

  #makeDigest(): Digest {
    if (this.#isReordered) this.#reorder();
    const runs = [...this.#runs.values()];
    const ofWave = Map.groupBy(this.#servers.values(), ({ wave }) => wave);
    const queues = this.#queues(ofWave);
    const rollbacks = this.#rollbacks(ofWave);
    const servers: ServerEntry[] = [];
    for (const id of this.#order) {
      const known = this.#servers.get(id);
      if (known !== undefined) servers.push(this.#entry(id, known, runs, queues, rollbacks));
    }
    return {
      servers,
      applications: applicationsOf(servers),
      counts: countsOf(servers),
      horizon: horizonOf(servers.map(({ outlook }) => outlook)),
      failures: failuresOf(servers),
      runs,
    };
  }

  #entry(
    id: string,
    { record, wave }: KnownServer,
    runs: readonly RunEntry[],
    queues: ReadonlyMap<string, QueueForecast>,
    rollbacks: ReadonlyMap<string, number>,
  ): ServerEntry {
    // What becomes of these depends on others.
    const known = isQueued(record) || isOnWayBack(record) ? undefined : this.#entries.get(id);
    if (known !== undefined) return known;
    const run = runs.find((one) => one.wave === wave)?.record;
    const rollbackSeconds = rollbacks.get(wave);
    const expected = { ...run?.plan?.expected, ...(rollbackSeconds === undefined ? {} : { rollbackSeconds }) };
    const entry = {
      record,
      wave,
      runID: run?.runID,
      name: serverName(record),
      application: applicationName(record),
      standing: standingOf(record),
      outlook: outlookOf(record, expected, queues.get(wave) ?? unknownQueue),
    };
    this.#entries.set(id, entry);
    return entry;
  }

  /** Whose turn is when, wave by wave; who takes which turn is worked out anew only when other source servers are in it. */
  #queues(ofWave: ReadonlyMap<string, readonly KnownServer[]>): Map<string, QueueForecast> {
    const queues = new Map<string, QueueForecast>();
    for (const [wave, known] of ofWave) {
      const records = known.map(({ record }) => record);
      if (!records.some(isQueued)) continue;
      const run = this.#runOf(wave);
      const batchServersMax = run?.record.input.options.batchServersMax ?? unlimitedBatch;
      const expected = run?.record.plan?.expected;
      const offsetsMs = this.#offsets.get(wave) ?? startOffsets(records, { batchServersMax }, expected);
      this.#offsets.set(wave, offsetsMs);
      queues.set(wave, { offsetsMs, anchorAt: anchorOf(records, offsetsMs), notBeforeAt: run?.window?.opensAt ?? 0 });
    }
    return queues;
  }

  /** How long those that are on the way back need together, in seconds, wave by wave. */
  #rollbacks(ofWave: ReadonlyMap<string, readonly KnownServer[]>): Map<string, number> {
    return new Map(
      [...ofWave].map(([wave, known]) => {
        const count = known.filter(({ record }) => isOnWayBack(record)).length;
        const expected = this.#runOf(wave)?.record.plan?.expected;
        return [wave, rollbackSecondsOf(expected, count, known.length)];
      }),
    );
  }

  #runOf(wave: string): RunEntry | undefined {
    return [...this.#runs.values()].find((entry) => entry.wave === wave);
  }

  #reorder(): void {
    const waves = [...new Set([...this.#servers.values()].map(({ wave }) => wave))];
    const keys = new Map(
      [...this.#servers].map(([id, { record, wave }]) => {
        const place = String(waves.indexOf(wave)).padStart(6, '0');
        return [id, `${place}\u0000${applicationName(record)}\u0000${serverName(record)}`];
      }),
    );
    this.#order = [...this.#servers.keys()].sort((one, other) =>
      (keys.get(one) ?? '') < (keys.get(other) ?? '') ? -1 : 1,
    );
    this.#offsets.clear();
    this.#isReordered = false;
  }
}

/** MGN's own limit of source servers in a job. */
const unlimitedBatch = 200;
const unknownQueue: QueueForecast = { offsetsMs: new Map(), anchorAt: undefined, notBeforeAt: 0 };

function isQueued({ phase }: ServerRecord): boolean {
  return phase === 'ready' || phase === 'resolved';
}

function isOnWayBack({ phase }: ServerRecord): boolean {
  return phase === 'failed' || phase === 'rolling back';
}

/** Whether it is to be listed or queued elsewhere now. */
function isElsewhere(before: ServerRecord, after: ServerRecord): boolean {
  return (
    before.hostname !== after.hostname ||
    before.applicationName !== after.applicationName ||
    before.applicationID !== after.applicationID ||
    before.expectedLaunchSeconds !== after.expectedLaunchSeconds ||
    before.priorityGroup !== after.priorityGroup
  );
}

/** The applications of these servers, in their order. */
export function applicationsOf(servers: readonly ServerEntry[]): ApplicationEntry[] {
  const keyOf = ({ wave, application, record }: ServerEntry) =>
    `${wave}\u0000${record.applicationID ?? application}\u0000${application}`;
  return [...Map.groupBy(servers, keyOf)].flatMap(([key, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const worst = members.reduce((one, other) => (needsMore(other, one) ? other : one));
    const horizon = horizonOf(members.map(({ outlook }) => outlook));
    const name = first.application === '' ? '(no application)' : first.application;
    return [{ key, wave: first.wave, name, servers: members, worst, horizon }];
  });
}

function needsMore(one: ServerEntry, other: ServerEntry): boolean {
  const ranks = urgency.indexOf(one.standing) - urgency.indexOf(other.standing);
  return ranks === 0 ? (one.outlook?.afterMs ?? 0) > (other.outlook?.afterMs ?? 0) : ranks < 0;
}

/** Whether an instance that this run launched is there, as far as is known. */
function isInAws({ phase, cutover, rollback }: ServerRecord): boolean {
  if (rollback?.verifiedAt !== undefined || phase === 'rolled back') return false;
  return cutover?.launchedAt !== undefined || cutover?.ec2InstanceID !== undefined;
}

function countsOf(servers: readonly ServerEntry[]): Counts {
  const count = (isCounted: (entry: ServerEntry) => boolean) =>
    servers.reduce((sum, entry) => sum + (isCounted(entry) ? 1 : 0), 0);
  const inPhase = (phase: ServerRecord['phase']) => count(({ record }) => record.phase === phase);
  return {
    total: servers.length,
    inAws: count(({ record }) => isInAws(record)),
    verified: count(({ standing }) => standing === 'good'),
    finalized: inPhase('finalized'),
    underWay: count(({ standing }) => standing === 'working'),
    waiting: count(({ standing }) => standing === 'waiting'),
    toBringBack: count(({ standing }) => standing === 'bad'),
    broughtBack: inPhase('rolled back'),
    person: inPhase('needs a person'),
    notStarted: inPhase('not started') + inPhase('blocked'),
  };
}

/** A gate at which a run waits for a person. */
export interface OpenGate {
  readonly run: RunRecord;
  readonly gate: Gate;
  readonly wave: string;
  /** What somebody has begun and thereby answers with: it holds the run now. */
  readonly answeredWith: 'commit' | 'rollback' | undefined;
}

/** The gates that are open at `now`, epoch milliseconds. */
export function openGates({ runs }: Pick<Digest, 'runs'>, now: number): OpenGate[] {
  return runs.flatMap(({ record, wave }) => {
    const gate = waitingGate(record);
    if (gate === undefined) return [];
    const { holder } = record;
    const machine = holder === undefined || holder.heldUntil <= now ? '' : resourceName(holder.executionID);
    const answeredWith = machine === 'commit' || machine === 'rollback' ? machine : undefined;
    return [{ run: record, gate, wave, answeredWith }];
  });
}

/** Whether nobody has answered one of the gates yet. */
export function isAwaitingPerson(digest: Pick<Digest, 'runs'>, now: number): boolean {
  return openGates(digest, now).some(({ answeredWith }) => answeredWith === undefined);
}
