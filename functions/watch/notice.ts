/** What people are told when an execution has ended: what happened, how the run stands, and what to do next. */
import type { RunID } from '../domain/identifiers.ts';
import type { Standing } from '../domain/notice-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { nameOf } from '../domain/source-server.ts';
import { summarize } from '../domain/wave-outcome.ts';
import type { EndedExecution, EndedStatus, ReportedMachine } from './ended-execution.ts';
import { asSubject, codesOf, countsOf, documentServers, namedServersMax, type Message } from './message.ts';
import {
  commandsOf,
  executionUrl,
  placeLines,
  stackFlags,
  stepLines,
  whereabouts,
  whereSentence,
  type StackPlace,
} from './notice-place.ts';
import { nextSteps } from './notice-steps.ts';
import { firstOf, listed, utc, wrapped } from './notice-text.ts';
import type { Severity } from './notices-due.ts';
import type { Observation, ObservedServer } from './observe-run.ts';
import { inFlightMs, type SettledRun } from './settle-run.ts';

/** What a notice is made of. */
export interface NoticeFacts {
  readonly stackName: string;
  readonly ended: EndedExecution;
  /** Undefined where the event does not say which run it was. */
  readonly runID: RunID | undefined;
  /** Undefined where the ledger has no such run, or could not be read. */
  readonly settled: SettledRun | undefined;
  /** What MGN shows; undefined where it was not looked at. */
  readonly observation: Observation | undefined;
  /** Where the report is, such as `s3://bucket/key`; undefined where it could not be kept. */
  readonly evidence: string | undefined;
  /** What else could not be done, in words. */
  readonly failures: readonly string[];
}

const acts: Readonly<Record<ReportedMachine, string>> = {
  'wave-cutover': 'cutover',
  rollback: 'rollback',
  commit: 'commit',
};

/** How an execution ended, in words. */
export const endWords: Readonly<Record<EndedStatus, string>> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
  ABORTED: 'was stopped',
};

/** Writes the notice. It quotes no more than names, IDs, codes and the first 500 characters of an error. */
export function writeNotice(facts: NoticeFacts): Message {
  const { stackName, ended, settled, evidence, failures } = facts;
  const name = facts.runID ?? ended.name;
  const severity = severityOf(facts);
  const isPersonInNeed = settled !== undefined && needsAPerson(settled);
  const act = `${acts[ended.machine]} ${endWords[ended.status]}`;
  const what = `Run ${name}: the ${act} at ${utc(ended.endedAt)}.${isPersonInNeed ? ' It needs a person.' : ''}`;
  const concerned = settled === undefined ? [] : concernedOf(settled);
  const where = whereabouts(settled?.run, settled?.servers ?? [], stackOf(stackName, ended));
  const flags = stackFlags(stackName, ended.region);
  const steps = nextSteps(ended, facts.runID, settled);
  const url = executionUrl(ended.executionID);
  const paragraphs = [
    wrapped(`${severity}: ${what}`),
    wrapped(whereSentence(`run ${name}`, where)),
    ...errorParagraph(ended),
    ...(settled === undefined ? unknownParagraphs(facts) : standingParagraphs(settled, facts.observation)),
    ...serversParagraph(facts, concerned),
    stepLines(steps, flags),
    ...failures.map((failure) => wrapped(`Besides, ${failure}.`)),
    ...placeLines(evidence, url ?? ended.executionID),
  ];
  return {
    subject: asSubject(severity, `${act}${isPersonInNeed ? ', needs a person' : ''}: ${name}`),
    text: `${paragraphs.join('\n\n')}\n`,
    document: {
      version: 1,
      kind: 'RUN_ENDED',
      severity,
      what,
      run: name,
      ...where,
      ...(settled !== undefined && { counts: countsOf(settled.servers, concerned.length) }),
      servers: documentServers(concerned),
      nextCommands: commandsOf(steps, flags),
      ...(url !== undefined && { executionUrl: url }),
      ...(evidence !== undefined && { reportUri: evidence }),
      at: new Date(ended.endedAt).toISOString(),
    },
  };
}

/** The stack that an execution is of, as its ARN says. */
export function stackOf(
  stackName: string,
  { executionID, partition, region }: Pick<EndedExecution, 'executionID' | 'partition' | 'region'>,
): StackPlace {
  return { stackName, partition, region, accountID: executionID.split(':')[4] ?? '' };
}

function severityOf({ ended, settled, failures }: NoticeFacts): Severity {
  if (settled === undefined) return failures.length > 0 ? 'URGENT' : 'ACT';
  if (needsAPerson(settled)) return 'URGENT';
  return ended.status === 'SUCCEEDED' ? 'INFO' : 'ACT';
}

/** Whether some source server is, or may be, in a state that only a person gets it out of. */
export function needsAPerson({ standing, run }: SettledRun): boolean {
  return standing === 'LEFT' || run.end?.outcome === 'NEEDS_A_PERSON';
}

/** What the execution failed with; nothing where it did not. */
export function errorParagraph({ error, cause }: Pick<EndedExecution, 'error' | 'cause'>): string[] {
  const words = [error, cause].filter((part) => part !== undefined && part !== '');
  return words.length === 0 ? [] : [wrapped(`Error: ${words.join(': ')}`)];
}

function unknownParagraphs({ runID, failures }: NoticeFacts): string[] {
  if (failures.length > 0) return [];
  const words =
    runID === undefined
      ? 'Its input does not say which run it was for.'
      : 'The ledger has no such run, so nothing was started.';
  return [wrapped(words)];
}

function standingParagraphs(settled: SettledRun, observation: Observation | undefined): string[] {
  const { run, servers } = settled;
  const end = run.end === undefined ? '' : `The run ended as ${run.end.outcome}. `;
  const counts = servers.length === 0 ? '' : `${countWords(servers)}.`;
  return [
    wrapped(`${end}${standingWords(settled)} ${counts}`),
    ...(observation === undefined ? [] : observationParagraph(observation)),
  ];
}

function standingWords({ standing, run }: SettledRun): string {
  const words: Readonly<Record<Standing, string>> = {
    ENDED: '',
    ELSEWHERE: `Another execution has taken the run since: ${run.holder?.executionID ?? ''}.`,
    AT_WORK:
      'But a step of it began after that: it was resumed, an execution nested in it is still at work, or the step was just beginning. Look before you act.',
    UNTOUCHED: 'Nothing was touched: it ended before anything was started. Its locks are released.',
    LEFT: `The run has not ended, and nobody works on it any more. Nothing is brought back or finalized by itself. A step that was running cannot be stopped and may act for ${String(inFlightMs / 60_000)} minutes more.`,
  };
  return words[standing];
}

/** The verdicts there are, and how far the servers without one are. */
function countWords(servers: readonly ServerRecord[]): string {
  const undecided = servers.filter((record) => record.verdict === undefined);
  if (undecided.length === 0) return summarize(servers);
  const phases = new Map<string, number>();
  for (const { phase } of undecided) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  const where = [...phases].map(([phase, count]) => `${String(count)} ${phase}`).join(', ');
  const separator = undecided.length === servers.length ? ' ' : ', ';
  return `${summarize(servers).trimEnd()}${separator}${String(undecided.length)} without a verdict (${where})`;
}

function observationParagraph(observation: Observation): string[] {
  if ('unreadable' in observation)
    return [wrapped(`MGN could not be read, so this is what the run saw last: ${observation.unreadable}`)];
  const running = observation.jobs.filter((job) => !job.hasEnded);
  if (running.length === 0) return [];
  const jobs = firstOf(
    running.map(
      ({ jobID, initiatedBy, isOfThisRun }) =>
        `${jobID} (${initiatedBy ?? 'unknown'}, ${isOfThisRun ? 'of this run' : 'not of this run'})`,
    ),
    5,
  );
  return [wrapped(`Jobs still at work on its servers in MGN, which nothing can cancel: ${jobs.join(', ')}.`)];
}

function concernedOf(settled: SettledRun): ServerRecord[] {
  return needsAPerson(settled) ? settled.servers.filter((record) => isConcerned(record, settled)) : [];
}

function serversParagraph({ observation }: NoticeFacts, concerned: readonly ServerRecord[]): string[] {
  if (concerned.length === 0) return [];
  const seen = observation === undefined || 'unreadable' in observation ? [] : observation.servers;
  const observed = new Map(seen.map((server) => [server.sourceServerID, server]));
  const lines = concerned.map((record) => serverLines(record, observed.get(record.sourceServerID)));
  return [
    [`Source servers that need a person (${String(concerned.length)}):`, ...firstOf(lines, namedServersMax)].join('\n'),
  ];
}

/** In a run that was left, whatever a call may have moved and nobody has judged is for a person, too. */
function isConcerned(record: ServerRecord, { standing, attempts }: SettledRun): boolean {
  if (record.verdict !== undefined) return record.verdict === 'NEEDS_A_PERSON';
  const isTouched = attempts.some((attempt) => attempt.sourceServerIDs.includes(record.sourceServerID));
  return standing === 'LEFT' && (isTouched || record.cutover !== undefined);
}

/** Codes only: a reason's fact may quote what MGN said of a customer's machine. */
function serverLines(record: ServerRecord, observed: ObservedServer | undefined): string {
  const instance = observed?.launchedInstance?.ec2InstanceID ?? record.cutover?.ec2InstanceID;
  const state = observed?.lifeCycleState ?? record.lifeCycleState;
  const parts = [record.phase, state, instance, ...codesOf(record)].filter((part) => part !== undefined);
  return [listed(nameOf(record)), wrapped(parts.join(', '), { first: '  ', hanging: '  ' })].join('\n');
}
