/** First step of a run: what is to be cut over? Wave to applications to source servers, written to the ledger once. */
import * as v from 'valibot';
import { InvalidInputError, RunExistsError } from '../domain/errors.ts';
import { mayServerFail, unknownPolicyServers } from '../domain/failure-policy-options.ts';
import { refuseForeignHooks, refuseHooksFor } from '../domain/hook-refusals.ts';
import type { ApplicationID } from '../domain/identifiers.ts';
import type { Application, Mgn } from '../domain/ports.ts';
import { priorityGroupOf, unknownGroupServers } from '../domain/priority-groups.ts';
import { parseRunInput, runServersMax, type RunInput } from '../domain/run-input.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { describeMisplaced, targetOf } from '../domain/target.ts';
import { timesAmiss } from '../domain/waiting.ts';
import { RunEventSchema } from '../shared/events.ts';
import { claimRun } from '../shared/open-run.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

const EventSchema = v.object({ ...RunEventSchema.entries, input: v.unknown() });

/**
 * Creates the run, or resumes the one of this name with the same input.
 *
 * @throws InvalidInputError when the input is wrong or names nothing that can be cut over; RunExistsError when a run of
 *   this name has ended or had another input; RunHeldError when another execution works on it.
 */
export const createHandler = step(EventSchema, async ({ runID, executionID, input: rawInput }, deps) => {
  const input = parseRunInput(rawInput);
  refuseHooksFor(deps.hookPlace, input.options.hooks);
  const now = deps.clock.now();
  const created = await deps.ledger.createRun({ runID, input, nonce: deps.newNonce(), createdAt: now });
  const known = await deps.ledger.readServers(runID);
  refuseOtherRun(created.value, input, known.length > 0);
  if (created.value.resolvedAt === undefined) refuseTimes(input, now);
  const { run: claimed, version } = await claimRun(deps, { runID, executionID });
  const run = { ...claimed, input };
  if (run.resolvedAt !== undefined) return { runID, executionID, sourceServerCount: known.length };
  await deps.ledger.saveRun(run, version);
  const records = await resolveRecords(deps, run, now);
  await deps.ledger.saveServers(runID, records);
  await deps.ledger.saveRun({ ...run, resolvedAt: now }, version + 1);
  return { runID, executionID, sourceServerCount: records.length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/**
 * The source servers that a run is to cut over, as they enter its records; reads only.
 *
 * @throws InvalidInputError when the input leads to nothing, to what is elsewhere or too much, or has rules for what is not
 *   there; TransientServiceError when MGN cannot be read.
 */
export async function resolveRecords(
  deps: StepDeps,
  run: Pick<RunRecord, 'runID' | 'input'>,
  now: number,
): Promise<ServerRecord[]> {
  const { input } = run;
  const { servers, applications } = await resolveTarget(deps.mgn(targetOf(run)), input);
  const nameOfApplication = new Map(applications.map(({ applicationID, name }) => [applicationID, name]));
  refuseUnknownSelections(input, servers);
  const records = servers.map((server) => newRecord(input, server, nameOfApplication, now));
  refuseForeignHooks(run, records);
  return records;
}

/** A run whose input led to no server has touched nothing, so its name may be used again with a mended input. */
function refuseOtherRun(run: RunRecord, input: RunInput, hasServers: boolean): void {
  if (run.end !== undefined) {
    throw new RunExistsError(
      `A run named ${run.runID} has already ended (${run.end.summary}); start this one under another name.`,
    );
  }
  if (hasServers && JSON.stringify(run.input) !== JSON.stringify(input)) {
    throw new RunExistsError(
      `A run named ${run.runID} was begun with another input; resume that one with its input, or use another name.`,
    );
  }
}

/** Of a run that is only begun; one that goes on later is not kept from it by a time that has passed meanwhile. */
function refuseTimes(input: RunInput, now: number): void {
  const amiss = timesAmiss(input, now);
  if (amiss.length > 0) throw new InvalidInputError(`The input cannot be used: ${amiss.join('; ')}.`);
}

/** A rule that names what the wave does not have was mistyped, and would put servers into the wrong group unseen. */
function refuseUnknownSelections({ options }: RunInput, servers: readonly SourceServer[]): void {
  const unknown = {
    'options.priorityGroups': unknownGroupServers(options.priorityGroups, servers),
    'options.failurePolicy': unknownPolicyServers(options.failurePolicy, servers),
  };
  const mistyped = Object.entries(unknown).filter(([, ids]) => ids.length > 0);
  if (mistyped.length > 0)
    throw new InvalidInputError(
      mistyped.map(([field, ids]) => `${field}: the wave has no ${ids.join(', ')}.`).join(' '),
    );
}

function newRecord(
  { options }: RunInput,
  server: SourceServer,
  nameOfApplication: ReadonlyMap<ApplicationID, string | undefined>,
  now: number,
): ServerRecord {
  return {
    sourceServerID: server.sourceServerID,
    arn: server.arn,
    hostname: server.hostname,
    applicationID: server.applicationID,
    applicationName: server.applicationID && nameOfApplication.get(server.applicationID),
    isArchived: server.isArchived,
    priorityGroup: priorityGroupOf(server, options.priorityGroups),
    mayFail: mayServerFail(server, options.failurePolicy),
    phase: 'resolved',
    phaseAt: now,
    launch: 'PENDING',
    reasons: [],
    warnings: [],
    expectedActions: [],
    actions: [],
    lifeCycleState: server.lifeCycleState,
    nextSteps: [],
  };
}

/** The source servers of the input, and the applications that led to them; none when the servers were named. */
export interface ResolvedTarget {
  readonly servers: SourceServer[];
  readonly applications: Application[];
}

/**
 * Reads what the input leads to, changing nothing.
 *
 * @throws InvalidInputError when that is nothing, too much, archived, not known to MGN, or of another account or region
 *   than the input says; TransientServiceError.
 */
export async function resolveTarget(mgn: Mgn, input: RunInput): Promise<ResolvedTarget> {
  const target =
    input.sourceServerIDs === undefined
      ? await serversOfApplications(mgn, input)
      : { servers: await namedServers(mgn, input.sourceServerIDs), applications: [] };
  const { servers } = target;
  if (servers.length === 0)
    throw new InvalidInputError('There is no source server to cut over: the wave or its applications are empty.');
  if (servers.length > runServersMax) {
    throw new InvalidInputError(
      `The input names ${String(servers.length)} source servers; one run takes at most ${String(runServersMax)}. Split the wave.`,
    );
  }
  const misplaced = describeMisplaced(input, servers);
  if (misplaced !== undefined)
    throw new InvalidInputError(`${misplaced}. Check accountID, region and roleArn; nothing was touched.`);
  return target;
}

/** Servers named one by one may be archived; they stay in, to be reported as blocked with that reason. */
async function namedServers(
  mgn: Mgn,
  sourceServerIDs: NonNullable<RunInput['sourceServerIDs']>,
): Promise<SourceServer[]> {
  const active = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  const known = new Set<string>(active.map((server) => server.sourceServerID));
  const others = sourceServerIDs.filter((id) => !known.has(id));
  if (others.length === 0) return active;
  const archived = await mgn.describeSourceServers({ sourceServerIDs: others, isArchived: true });
  const unknown = others.filter((id) => !archived.some((server) => server.sourceServerID === id));
  if (unknown.length > 0) {
    throw new InvalidInputError(`sourceServerIDs: MGN knows no ${unknown.join(', ')} in this account and region.`);
  }
  return [...active, ...archived];
}

async function serversOfApplications(mgn: Mgn, input: RunInput): Promise<ResolvedTarget> {
  const applications = await (input.waveID === undefined
    ? mgn.listApplications({ applicationIDs: input.applicationIDs ?? [] })
    : applicationsOfWave(mgn, input.waveID));
  const unknown = (input.applicationIDs ?? []).filter(
    (id) => !applications.some(({ applicationID }) => applicationID === id),
  );
  if (unknown.length > 0) {
    throw new InvalidInputError(`applicationIDs: MGN knows no ${unknown.join(', ')} in this account and region.`);
  }
  const archived = applications.filter((application) => application.isArchived);
  if (archived.length > 0) {
    const ids = archived.map(({ applicationID }) => applicationID).join(', ');
    throw new InvalidInputError(`${ids} ${archived.length === 1 ? 'is' : 'are'} archived; unarchive or leave out.`);
  }
  if (applications.length === 0) return { servers: [], applications };
  const applicationIDs = applications.map(({ applicationID }) => applicationID);
  return { servers: await mgn.describeSourceServers({ applicationIDs, isArchived: false }), applications };
}

async function applicationsOfWave(mgn: Mgn, waveID: NonNullable<RunInput['waveID']>) {
  const wave = (await mgn.listWaves([waveID])).find((candidate) => candidate.waveID === waveID);
  if (wave === undefined) throw new InvalidInputError(`waveID: MGN knows no ${waveID} in this account and region.`);
  if (wave.isArchived) throw new InvalidInputError(`waveID: ${waveID} is archived; unarchive it or name another wave.`);
  return (await mgn.listApplications({ waveIDs: [waveID] })).filter(
    (application) => application.waveID === waveID && !application.isArchived,
  );
}
