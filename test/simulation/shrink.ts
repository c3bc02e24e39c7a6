/**
 * Makes a script that breaks a promise smaller while it still breaks the same one: fewer source servers, acts, faults and
 * options. What is left shows the cause better; each cut is a night played, so a shrink takes seconds.
 */
import { playScript, type PlayOptions } from './play.ts';
import type { Act, Script } from './script.ts';

/** The smallest script found that still breaks a promise which the given one breaks; the script itself if none is broken. */
export async function shrink(script: Script, options: Pick<PlayOptions, 'checkers'> = {}): Promise<Script> {
  const broken = await brokenBy(script, options);
  const isStillBroken = async (cut: Script) => {
    const still = await brokenBy(cut, options);
    return [...broken].some((checker) => still.has(checker));
  };
  let smallest = script;
  for (let smaller: Script | undefined = script; smaller !== undefined;) {
    smallest = smaller;
    smaller = await firstOf(cutsOf(smallest), isStillBroken);
  }
  return smallest;
}

async function brokenBy(script: Script, options: Pick<PlayOptions, 'checkers'>): Promise<Set<string>> {
  const { breaches } = await playScript(script, options);
  return new Set(breaches.map(({ checker }) => checker));
}

async function firstOf<Item>(
  items: Iterable<Item>,
  isWanted: (item: Item) => Promise<boolean>,
): Promise<Item | undefined> {
  for (const item of items) if (await isWanted(item)) return item;
  return undefined;
}

/** Scripts that are smaller by one thing each, the largest things first. */
function* cutsOf(script: Script): Iterable<Script> {
  const { scenario } = script;
  const { waves = [], faults = [], foreignActivity = [], switches = {} } = scenario;
  for (const acts of cutsOfList(script.acts)) if (acts.length > 0) yield { ...script, acts };
  if (script.isUndone) yield { ...script, isUndone: false };
  for (const less of cutsOfList(waves)) yield { ...script, scenario: { ...scenario, waves: less } };
  for (const less of cutsOfServers(waves)) yield { ...script, scenario: { ...scenario, waves: less } };
  for (const stepFaults of cutsOfList(script.stepFaults)) yield { ...script, stepFaults };
  for (const ledgerFaults of cutsOfList(script.ledgerFaults)) yield { ...script, ledgerFaults };
  for (const hookFaults of cutsOfList(script.hookFaults)) yield { ...script, hookFaults };
  for (const less of cutsOfList(foreignActivity)) yield { ...script, scenario: { ...scenario, foreignActivity: less } };
  for (const less of cutsOfList(faults)) yield { ...script, scenario: { ...scenario, faults: less } };
  for (const less of cutsOfRecord(switches)) yield { ...script, scenario: { ...scenario, switches: less } };
  if (script.skewMs !== 0) yield { ...script, skewMs: 0 };
  for (const acts of cutsOfInputs(script.acts)) yield { ...script, acts };
}

function* cutsOfList<Item>(items: readonly Item[]): Iterable<Item[]> {
  for (const index of items.keys()) yield items.filter((_item, at) => at !== index);
}

function* cutsOfRecord<Value>(record: Readonly<Record<string, Value>>): Iterable<Record<string, Value>> {
  for (const key of Object.keys(record))
    yield Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

type Waves = NonNullable<Script['scenario']['waves']>;

/** The waves without one of their source servers, or with one that has nothing to say but its name. */
function* cutsOfServers(waves: Waves): Iterable<Waves> {
  for (const [waveAt, wave] of waves.entries()) {
    const { applications = [] } = wave;
    for (const [appAt, application] of applications.entries()) {
      const { servers = [] } = application;
      const put = (changed: typeof servers) => {
        const rest = applications.with(appAt, { ...application, servers: changed });
        return waves.with(waveAt, { ...wave, applications: rest.filter(({ servers: left = [] }) => left.length > 0) });
      };
      for (const less of cutsOfList(servers)) yield put(less);
      for (const [at, server] of servers.entries())
        if (Object.keys(server).length > 1) yield put(servers.with(at, { hostname: server.hostname }));
    }
  }
}

/** The acts with one member less in the options, or the rest, of all their inputs at once. */
function* cutsOfInputs(acts: readonly Act[]): Iterable<Act[]> {
  const paths = new Set(acts.flatMap((act) => (act.act === 'start' ? pathsOf(act.input) : [])));
  for (const path of paths)
    yield acts.map((act) => (act.act === 'start' ? { ...act, input: without(act.input, path.split('.')) } : act));
}

function pathsOf(input: unknown): string[] {
  if (!isRecord(input)) return [];
  const { options } = input;
  const ofOptions = isRecord(options) ? Object.keys(options).map((key) => `options.${key}`) : [];
  return ['window', 'sourceServerIDs', ...ofOptions].filter((path) => path.includes('.') || path in input);
}

function without(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  const left = Object.entries(value).filter(([name]) => name !== key || rest.length > 0);
  return Object.fromEntries(left.map(([name, member]) => [name, name === key ? without(member, rest) : member]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
