/**
 * A plan kept for the night: what every source server's facts were on the day it was made, so that the night can be held
 * against it. `plan --save` writes it, `plan --compare` says what changed since, `run --plan` and `start --plan` insist
 * that nothing has.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { AccountIDSchema, SourceServerIDSchema } from '../functions/domain/identifiers.ts';
import { differencesOf, type PlannedFacts } from '../functions/domain/planned-facts.ts';
import { describeIssue, type RunInput } from '../functions/domain/run-input.ts';
import type { SavedPlan } from '../functions/domain/saved-plan-input.ts';
import { listProblems, shownText } from '../functions/domain/shown-text.ts';
import { showTime } from '../functions/domain/window.ts';
import { fingerprintOf } from '../functions/shared/fingerprint.ts';
import { CommandError } from './exit-code.ts';
import type { Io } from './io.ts';
import { plain } from './live/fit.ts';
import type { FactsOfServers } from './planned-facts.ts';
import { readJson } from './read-json.ts';
import { targetWords } from './target-words.ts';
import { serverCount } from './live/wave-words.ts';

const ServersSchema = v.record(SourceServerIDSchema, v.record(v.string(), v.string()));

const PlanFileSchema = v.strictObject({
  version: v.literal(1),
  savedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** What was planned, in words, with the account where it was named. */
  target: v.string(),
  accountID: v.optional(AccountIDSchema),
  servers: ServersSchema,
  /** SHA-256 of `servers`: what was changed by hand is no record of anything. */
  hash: v.string(),
});

/** A saved plan as its file holds it. */
export type PlanFile = v.InferOutput<typeof PlanFileSchema>;

/** The plan of an input whose facts these are; `now` in epoch milliseconds. */
export function makePlanFile(input: RunInput, facts: FactsOfServers, now: number): PlanFile {
  const servers = Object.fromEntries([...facts].sort(([one], [other]) => (one < other ? -1 : 1)));
  return {
    version: 1,
    savedAt: new Date(now).toISOString(),
    target: targetWords(input),
    accountID: input.accountID,
    servers,
    hash: hashOf(servers),
  };
}

/** The plan as the text of its file. */
export function planFileText(file: PlanFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function hashOf(servers: Readonly<Record<string, PlannedFacts>>): string {
  const sorted = Object.entries(servers).sort(([one], [other]) => (one < other ? -1 : 1));
  const fingerprints = sorted.map(([id, facts]) => `${id} ${fingerprintOf(facts)}`);
  return createHash('sha256').update(fingerprints.join('\n')).digest('hex');
}

/**
 * Reads a saved plan.
 *
 * @throws CommandError when it cannot be read, is no saved plan, was changed since, or is of another target.
 */
export async function readPlanFile(
  flag: string,
  path: string,
  input: RunInput,
  io: Pick<Io, 'stdin'>,
): Promise<PlanFile> {
  const parsed = v.safeParse(PlanFileSchema, await readJson(flag, path, io));
  if (!parsed.success)
    throw new CommandError(`${flag}: ${path} is no saved plan: ${listProblems(parsed.issues.map(describeIssue))}.`);
  const file = parsed.output;
  if (hashOf(file.servers) !== file.hash)
    throw new CommandError(`${flag}: ${path} was changed after it was saved; save the plan again with plan --save.`);
  if (file.target !== targetWords(input) || file.accountID !== input.accountID)
    throw new CommandError(`${flag}: ${path} is a plan of ${shownText(file.target)}, not of ${targetWords(input)}.`);
  return file;
}

/** What a run's input carries of the plan. */
export function planForInput({ savedAt, servers }: PlanFile): SavedPlan {
  const fingerprints = Object.entries(servers).map(([id, facts]) => [id, fingerprintOf(facts)] as const);
  return { savedAt, fingerprints: Object.fromEntries(fingerprints) };
}

/** What is not as it was planned. */
export interface PlanChange {
  readonly sourceServerID: string;
  readonly hostname?: string | undefined;
  /** In words: the fact and what it was and is, or that the source server came or went. */
  readonly change: string;
}

/** Everything that is not as planned: source servers that came or went, and facts that differ. */
export function changesSince({ servers }: PlanFile, found: FactsOfServers): PlanChange[] {
  const planned = new Map(Object.entries(servers));
  const known = new Set<string>(found.keys());
  const of = (sourceServerID: string, facts: PlannedFacts, change: string): PlanChange => {
    const hostname = facts['host name'];
    return { sourceServerID, hostname: hostname === '' ? undefined : hostname, change };
  };
  const gone = [...planned].filter(([id]) => !known.has(id));
  return [
    ...gone.map(([id, facts]) => of(id, facts, 'was planned, and the input does not lead to it any more')),
    ...[...found].flatMap(([id, facts]) => {
      const before = planned.get(id);
      if (before === undefined) return [of(id, facts, 'was not planned, and the input leads to it')];
      return differencesOf(before, facts).map((difference) => of(id, facts, difference));
    }),
  ];
}

/** The comparison as lines: one that says how many changes there are since when, then each of them. */
export function changeLines(path: string, file: PlanFile, changes: readonly PlanChange[], zone = 'UTC'): string[] {
  const since = `since ${path} was saved at ${showTime(Date.parse(file.savedAt), zone)}`;
  const count = Object.keys(file.servers).length;
  if (changes.length === 0) return [`Nothing has changed ${since}: ${serverCount(count)}.`];
  return [
    `${changes.length === 1 ? '1 change' : `${String(changes.length)} changes`} ${since}:`,
    ...changes.map(lineOf),
  ];
}

function lineOf({ sourceServerID, hostname, change }: PlanChange): string {
  const name = hostname === undefined ? sourceServerID : `${plain(hostname)} (${sourceServerID})`;
  return `  ${name}: ${plain(change)}`;
}
