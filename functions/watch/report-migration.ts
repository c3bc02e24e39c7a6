/**
 * An execution of a migration has ended: keep what is known of its waves, and tell people. Each wave's own end is told
 * when that wave ends; this says what became of all of them together, and how it goes on where it was cut short.
 */
import * as v from 'valibot';
import { InvalidInputError } from '../domain/errors.ts';
import { summarizeWaves } from '../domain/migration-course.ts';
import { MigrationIDSchema, type MigrationRecord, type WaveRecord } from '../domain/migration-record.ts';
import { shownText } from '../domain/shown-text.ts';
import type { StoredMigration } from '../ledger/migrations.ts';
import type { EndedExecution } from './ended-execution.ts';
import { asSubject, type Message } from './message.ts';
import { endWords, errorParagraph, stackOf } from './notice.ts';
import {
  commandsOf,
  executionUrl,
  placeLines,
  stackFlags,
  stepLines,
  whereabouts,
  whereSentence,
} from './notice-place.ts';
import type { NextStep } from './notice-steps.ts';
import { firstOf, listed, utc, wrapped } from './notice-text.ts';
import {
  channelsOf,
  inFileName,
  iso,
  partsOf,
  ReportIncompleteError,
  tellBy,
  type ReportDeps,
} from './report-parts.ts';
import { inFlightMs } from './settle-run.ts';

/** An execution of a migration that ended. */
export type EndedMigration = EndedExecution<'migration-run'>;

/**
 * Keeps and tells, each whatever became of the other.
 *
 * @throws ReportIncompleteError when a part failed.
 */
export async function reportMigration(ended: EndedMigration, deps: ReportDeps) {
  const { executionID, machine, status, name } = ended;
  const parts = partsOf(deps);
  deps.logger.appendKeys({ migrationID: name, executionID });
  const parsed = v.safeParse(MigrationIDSchema, name);
  if (!parsed.success) throw new InvalidInputError(`${shownText(name)} is not the name of a migration.`);
  const migrationID = parsed.output;
  const stored = await parts.attempt('the ledger could not be read', () => deps.ledger.readMigration(migrationID));
  const evidence =
    stored && (await parts.attempt('the report could not be kept', () => keepEvidence(deps, ended, stored.record)));
  const before = toldBefore(stored?.record, ended);
  const untold = deps.reporter.channels.filter((channel) => !before.includes(channel.name));
  const message = writeMigrationNotice(deps.reporter.stackName, ended, stored?.record, evidence);
  const told = await tellBy(untold, parts, message);
  if (stored !== undefined && told.length > 0)
    await parts.attempt('that people were told could not be noted', () =>
      noteTold(deps, stored, ended, [...before, ...told]),
    );
  if (parts.failures.length > 0) throw new ReportIncompleteError(`${executionID}: ${parts.failures.join('; ')}`);
  return { reported: true, machine, status, isTold: told.length > 0 };
}

/** The channels by which people were told of this end. */
function toldBefore(record: MigrationRecord | undefined, { executionID, endedAt }: EndedMigration): readonly string[] {
  const isSame = record?.told?.executionID === executionID && record.told.endedAt === endedAt;
  return isSame ? channelsOf(record.told) : [];
}

/** What was cut short is held no longer than a step that was under way may still act. */
async function noteTold(
  deps: ReportDeps,
  { record, version }: StoredMigration,
  ended: EndedMigration,
  channels: string[],
): Promise<void> {
  const now = deps.clock.now();
  const { executionID, endedAt } = ended;
  const { holder } = record;
  const isOwn = holder?.executionID === executionID;
  const shortened = isOwn ? { ...holder, heldUntil: Math.min(holder.heldUntil, now + inFlightMs) } : holder;
  await deps.ledger.saveMigration(
    { ...record, holder: shortened, told: { executionID, endedAt, sentAt: now, channels } },
    version,
  );
}

/** Keeps it under a name of its own and as the migration's latest; answers with where. */
async function keepEvidence(deps: ReportDeps, ended: EndedMigration, record: MigrationRecord): Promise<string> {
  const { bucket } = deps.reporter;
  const { executionID, machine, status, startedAt, endedAt, error, cause } = ended;
  const document = {
    execution: { executionID, machine, status, startedAt: iso(startedAt), endedAt: iso(endedAt), error, cause },
    migration: record.migrationID,
    outcome: record.end?.outcome ?? 'UNFINISHED',
    summary: record.end?.summary ?? summarizeWaves(record.waves),
    waves: record.waves.map(evidenceOf),
  };
  const folder = `runs/${record.migrationID}`;
  const key = `${folder}/${inFileName(endedAt)}-${machine}-${status}.json`;
  await bucket.put(key, document);
  await bucket.put(`${folder}/report.json`, document);
  return `s3://${bucket.name}/${key}`;
}

function evidenceOf({ name, runID, sourceServerCount, state, outcome, summary, startedAt, endedAt }: WaveRecord) {
  const times = { startedAt: startedAt && iso(startedAt), endedAt: endedAt && iso(endedAt) };
  return { name, runID, sourceServerCount, state, outcome, summary, ...times };
}

/** Writes the notice; `record` is undefined where the ledger has no such migration or could not be read. */
export function writeMigrationNotice(
  stackName: string,
  ended: EndedMigration,
  record: MigrationRecord | undefined,
  evidence: string | undefined,
): Message {
  const { executionID, name, status, endedAt, region } = ended;
  const isPersonInNeed = record !== undefined && isPersonNeeded(record);
  const severity = isPersonInNeed ? 'URGENT' : status === 'SUCCEEDED' ? 'INFO' : 'ACT';
  const what = `Migration ${name}: it ${endWords[status]} at ${utc(endedAt)}.${isPersonInNeed ? ' It needs a person.' : ''}`;
  const where = whereabouts(undefined, [], stackOf(stackName, ended));
  const steps = stepsAfter(ended, record);
  const flags = stackFlags(stackName, region);
  const url = executionUrl(executionID);
  const paragraphs = [
    wrapped(`${severity}: ${what}`),
    wrapped(whereSentence(`migration ${name}`, where)),
    ...errorParagraph(ended),
    ...(record === undefined
      ? [wrapped('No wave of it was started, as far as the ledger can tell.')]
      : waveParagraphs(record)),
    stepLines(steps, flags),
    ...placeLines(evidence, url ?? executionID),
  ];
  return {
    subject: asSubject(severity, `migration ${endWords[status]}${isPersonInNeed ? ', needs a person' : ''}: ${name}`),
    text: `${paragraphs.join('\n\n')}\n`,
    document: {
      version: 1,
      kind: 'MIGRATION_ENDED',
      severity,
      what,
      run: name,
      ...where,
      servers: [],
      nextCommands: commandsOf(steps, flags),
      ...(url !== undefined && { executionUrl: url }),
      ...(evidence !== undefined && { reportUri: evidence }),
      at: iso(endedAt),
    },
  };
}

function isPersonNeeded({ end, waves }: MigrationRecord): boolean {
  return end === undefined ? waves.some(({ state }) => state === 'RUNNING') : end.outcome === 'NEEDS_A_PERSON';
}

function waveParagraphs({ end, waves }: MigrationRecord): string[] {
  const standing =
    end === undefined
      ? `It has not ended, and starts no other wave now: ${summarizeWaves(waves)}. What becomes of a wave that is under way is told when its own execution ends.`
      : `It ended as ${end.outcome}: ${end.summary}.`;
  return [wrapped(standing), waves.map((wave) => listed(waveWords(wave))).join('\n')];
}

function waveWords({ name, runID, state, outcome, summary }: WaveRecord): string {
  const words = [outcome ?? state, summary].filter((part) => part !== undefined).join(', ');
  return `${name} (run ${runID}): ${words}`;
}

const commitsMax = 5;

function stepsAfter({ name, status }: EndedMigration, record: MigrationRecord | undefined): NextStep[] {
  if (record === undefined)
    return [
      {
        what: 'mend what the error says and start it again under another name',
        command: 'start INPUT.json --name ANOTHER',
      },
    ];
  const look = { what: 'to see every wave and its source servers', command: `watch ${name}` };
  const isStarted = record.waves.some(({ startedAt }) => startedAt !== undefined);
  const isCutShort = record.end === undefined && status !== 'FAILED';
  const goOn = {
    what: 'to go on where it stopped, within 14 days (the same executions are redriven)',
    command: `start INPUT.json --name ${name} --resume`,
  };
  const verified = record.waves.filter(({ outcome }) => outcome === 'VERIFIED' || outcome === 'PARTIAL');
  const commits = firstOf(
    verified.map(({ runID }) => `commit ${runID}`),
    commitsMax,
  ).filter((command) => command.startsWith('commit '));
  return [
    look,
    ...(isCutShort ? [goOn] : []),
    ...commits.map((command) => ({ what: 'to keep what is verified of this wave (cannot be undone)', command })),
    ...(isStarted
      ? [{ what: 'to bring back what is not finalized, all waves of it', command: `rollback ${name}` }]
      : []),
  ];
}
