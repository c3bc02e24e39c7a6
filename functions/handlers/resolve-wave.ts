/** First step of a run: what is to be cut over? Wave to applications to source servers, written to the ledger once. */
import * as v from 'valibot';
import { InvalidInputError, RunExistsError } from '../domain/errors.ts';
import type { ApplicationID } from '../domain/identifiers.ts';
import type { Application, Mgn } from '../domain/ports.ts';
import { parseRunInput, runServersMax, type RunInput } from '../domain/run-input.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { RunEventSchema } from '../shared/events.ts';
import { claimRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

const EventSchema = v.object({ ...RunEventSchema.entries, input: v.unknown() });

/**
 * Creates the run, or resumes the one of this name with the same input.
 *
 * @throws InvalidInputError when the input is wrong or names nothing that can be cut over; RunExistsError when a run of
 *   this name has ended or had another input; RunHeldError when another execution works on it.
 */
export const createHandler = step(EventSchema, async ({ runID, executionID, input: rawInput }, deps) => {
  const input = parseRunInput(rawInput);
  const now = deps.clock.now();
  const created = await deps.ledger.createRun({ runID, input, nonce: deps.newNonce(), createdAt: now });
  const known = await deps.ledger.readServers(runID);
  refuseOtherRun(created.value, input, known.length > 0);
  const { run: claimed, version } = await claimRun(deps, { runID, executionID });
  const run = { ...claimed, input };
  if (run.resolvedAt !== undefined) return { runID, executionID, sourceServerCount: known.length };
  await deps.ledger.saveRun(run, version);
  const { servers, applications } = await resolveTarget(deps.mgn(input), input);
  const nameOfApplication = new Map(applications.map(({ applicationID, name }) => [applicationID, name]));
  await deps.ledger.saveServers(
    runID,
    servers.map((server) => newRecord(server, nameOfApplication, now)),
  );
  await deps.ledger.saveRun({ ...run, resolvedAt: now }, version + 1);
  return { runID, executionID, sourceServerCount: servers.length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

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

function newRecord(
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
interface ResolvedTarget {
  readonly servers: SourceServer[];
  readonly applications: Application[];
}

async function resolveTarget(mgn: Mgn, input: RunInput): Promise<ResolvedTarget> {
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
