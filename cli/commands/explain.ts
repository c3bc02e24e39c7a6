/** `explain`: every fact behind what is said of one source server, how old it is, and what is safe to do next. Reads only. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import type { ServerReport } from '../../functions/domain/report.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { audienceOf } from '../audience.ts';
import { exitCodes } from '../exit-code.ts';
import { explain, type Explanation } from '../explain/explanation.ts';
import { explainLines } from '../explain/explain-text.ts';
import { findServer, type FoundServer } from '../explain/find-server.ts';
import { readMgnNow, type MgnNow } from '../explain/mgn-now.ts';
import { nextLines } from '../explain/next.ts';
import { atPlace, type ExplainPlace, type ExplainPlaceFlags } from '../explain/place.ts';
import { makeReport, type FullReport } from '../full-report.ts';
import type { Io } from '../io.ts';
import { listRun, type RunFacts } from '../run-list.ts';
import { parseRunName } from '../run-name.ts';
import { isRunInProcess } from '../../local/process-guard.ts';
import { readRunPlace } from '../run-place.ts';
import { readExecutions } from '../stack/follow-ups.ts';
import { withHelp, type VerbContext } from '../verb.ts';
import type { OpenWorld } from '../world.ts';

/** Flags of `explain`. */
export interface ExplainFlags extends ExplainPlaceFlags {
  readonly run?: string | undefined;
  /** False with `--no-read`: MGN is left alone. */
  readonly read: boolean;
  readonly json?: boolean | undefined;
}

/** Registers `explain`. */
export function addExplain({ command, io, worlds, end }: VerbContext): void {
  const verb = command('explain', 'say why a source server stands as it does: every fact, its source, its age')
    .argument('<SERVER>', 'source server ID or host name')
    .option('--run <name>', 'the run, or the migration (default: the newest run that has the server)')
    .option('--stack <name>', 'the deployed stack whose ledger it is in')
    .option('--region <region>', 'region of the stack, or where MGN is read (default: that of the source server)')
    .option('--endpoint <url>', 'read MGN at this endpoint, such as that of a simulator')
    .option('--ledger <file>', 'the ledger of this machine (default: in the state folder of the user)')
    .option('--no-read', 'tell what the ledger knows; MGN is not read')
    .option('--json', 'tell it as one JSON document')
    .action(async (server: string, flags: ExplainFlags) => {
      end(await explainCommand(server, flags, io, worlds));
    });
  withHelp(verb, {
    examples: [
      'explain web-1',
      'explain web-1 --region eu-west-1',
      'explain s-0123456789abcdef0 --run RUN --stack MgnCutover --region eu-west-1',
    ],
    exitCodes: {
      0: 'it is explained, whatever its verdict, and whether or not MGN could be read',
      2: 'no such source server or run, or several of that name; or the ledger could not be read',
    },
  });
}

/**
 * Explains the source server.
 *
 * @throws CommandError when there is none of that name, or several, or the ledger or the stack cannot be read.
 */
export function explainCommand(serverName: string, flags: ExplainFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const run = flags.run === undefined ? undefined : parseRunName('--run', flags.run);
  return atPlace(flags, io, openWorld, async (place) => {
    const ledger = { ...place, flags: place.flagsOf(undefined, place.endpoint) };
    const found = await findServer(ledger, { name: serverName, run });
    const explanation = await makeExplanation(place, found, flags.read);
    const now = place.time.now();
    audience.event('explanation', now, explanation);
    if (!audience.isJson) {
      const columns = io.isTerminal ? io.stdout.columns : undefined;
      audience.say(explainLines(explanation, { palette: audience.palette, columns, now }));
    }
    return exitCodes.done;
  });
}

async function makeExplanation(place: ExplainPlace, found: FoundServer, isReading: boolean): Promise<Explanation> {
  const { store, stack, ledgerPath, time } = place;
  const { run, record, servers } = found;
  const endpoint = await endpointOf(place, run.runID);
  const flags = place.flagsOf(record.arn, endpoint);
  const source = { store, label: ledgerPath, isRehearsal: false, flags, endpoint };
  const report = await makeReport(source, run.runID);
  const server = report?.servers.find(({ sourceServerID }) => sourceServerID === record.sourceServerID);
  if (report === undefined || server === undefined) throw new TypeError(`run ${run.runID} is no longer in the ledger`);
  const jobIDs = jobsOf(report, server);
  const mgnNow = isReading
    ? await readNow(place, found, jobIDs, endpoint)
    : { isRead: false as const, why: 'as asked (--no-read)' };
  const now = time.now();
  const listed = listRun({ ...(await runFacts(place, found)), isHere: stack === undefined }, now);
  const next = nextLines({ run, listed, server, flags });
  const whole = { ...listed, next: listed.next.map((step) => `mgn-cutover ${step} ${flags}`.trimEnd()) };
  return explain({ report, server, record, servers, run: whole, next, mgnNow, now });
}

/** An attempt that was repeated has the job of its last try; the server's record has the one it was in. */
function jobsOf({ jobStarts }: FullReport, { jobs }: ServerReport): ReadonlySet<string> {
  return new Set(
    [...jobStarts.map(({ jobID }) => jobID), ...Object.values(jobs)].filter((jobID) => jobID !== undefined),
  );
}

/** The one that is named, or that a command of here has worked on the run at. */
async function endpointOf({ store, stack, endpoint }: ExplainPlace, runID: RunID): Promise<string | undefined> {
  return endpoint ?? (stack === undefined ? (await readRunPlace(store, runID))?.endpoint : undefined);
}

function readNow(
  place: ExplainPlace,
  { run, record }: FoundServer,
  jobIDs: ReadonlySet<string>,
  endpoint: string | undefined,
): Promise<MgnNow> {
  const reach = place.servicesFor(record.arn, endpoint);
  if ('why' in reach) return Promise.resolve({ isRead: false, why: reach.why });
  const { time } = place;
  return readMgnNow({ services: reach.services, time, run, record, jobIDs, endpoint });
}

/** How the run stands; on a stack its executions say whether anything works on it, here whether a process has it. */
async function runFacts(
  { store, stack, time }: ExplainPlace,
  { run, servers }: FoundServer,
): Promise<Omit<RunFacts, 'isHere'>> {
  const name: RunID = run.runID;
  const isTouched = (await createLedger(store).readAttempts(name)).length > 0;
  const facts = { name, run, servers, isTouched };
  if (stack === undefined) return { ...facts, isRunning: await isRunInProcess(store, name, time.now()) };
  const executions = await readExecutions(stack.executions, name);
  const execution = executions.find(({ machine }) => machine === 'wave-cutover');
  return { ...facts, execution, isRunning: executions.some(({ status }) => status === 'RUNNING') };
}
