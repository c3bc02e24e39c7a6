/** `run`: cuts a wave over, or goes on with one that was interrupted. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { isMigrationInput } from '../../functions/domain/migration-input.ts';
import type { RunInput } from '../../functions/domain/run-input.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { insistOnConsent } from '../consent.ts';
import { execute, type ExecutionEnd } from '../execute.ts';
import { CommandError, exitCodeOf, exitCodes } from '../exit-code.ts';
import { differencesFrom, expectationLines, readExpectation, type Expectation } from '../expectation.ts';
import { makeReport, reportText, type FullReport } from '../full-report.ts';
import { writeHtmlReports } from '../html-report.ts';
import { openHistoryLog, type HistoryLog } from '../history-log.ts';
import { describeInterruption } from '../interruption.ts';
import type { Io } from '../io.ts';
import { insistOnKept, parsePlannedInput, refuseForMigration, type KeptPlan } from '../kept-plan.ts';
import { runMigration } from '../migration/run-migration.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { planLines } from '../plan-text.ts';
import { readPlannedFacts } from '../planned-facts.ts';
import { preview } from '../planning.ts';
import { readInput } from '../read-json.ts';
import { causeMessage } from '../refusal.ts';
import { hasOpenRollback } from '../follow-up.ts';
import { withRunClaimed } from '../run-claim.ts';
import { defaultRunName, parseRunName } from '../run-name.ts';
import { shellWord } from '../shell-word.ts';
import { summaryLines } from '../summary.ts';
import { targetWords } from '../target-words.ts';
import {
  inputHelp,
  positiveNumber,
  verdictExitCodes,
  withHelp,
  withLines,
  withWorld,
  type VerbContext,
} from '../verb.ts';
import type { OpenWorld, Session, World, WorldFlags } from '../world.ts';

/** Flags of `run`. */
export interface RunFlags extends WorldFlags {
  readonly name?: string | undefined;
  readonly output?: string | undefined;
  /** The HTML file. */
  readonly report?: string | undefined;
  readonly log?: string | undefined;
  readonly expect?: string | undefined;
  readonly json?: boolean | undefined;
  readonly lines?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly plan?: string | undefined;
}

/** On a terminal an hour of a rehearsal passes in about two seconds: fast, and still to be followed. */
const watchableSpeed = 1_800;

interface RunContext {
  readonly world: World;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly rawInput: unknown;
  readonly input: RunInput;
  readonly keptPlan: KeptPlan | undefined;
  readonly flags: RunFlags;
  readonly historyLog: HistoryLog;
  readonly resume: string;
  readonly expectation: Expectation | undefined;
}

/** Registers `run`. */
export function addRun({ command, io, worlds, end }: VerbContext): void {
  const run = command('run', 'cut over what INPUT names, or go on with that run').argument('<INPUT>', inputHelp);
  withLines(withWorld(run))
    .option('--report <file>', 'write the report as HTML; of a migration a file for each wave')
    .option('--output <file>', 'write the report as JSON')
    .option('--json', 'tell what happens as NDJSON')
    .option('--expect <file>', 'exit 0 if the rehearsal ends with exactly these verdicts')
    .option('--speed <x>', 'virtual seconds a second of a rehearsal, at most', positiveNumber)
    .option('--log <file>', 'write the history of the executions as NDJSON')
    .option('--plan <file>', 'refuse if anything has changed since plan --save wrote this file')
    .option('--yes', 'do not ask')
    .action(async (input: string, flags: RunFlags) => {
      end(await runCommand(input, flags, io, worlds));
    });
  withHelp(run, {
    examples: [
      'run wave.json --region eu-west-1',
      'run wave.json --region eu-west-1 --plan plan.json --report night.html',
      'run migration.json --region eu-west-1',
    ],
    exitCodes: verdictExitCodes,
  });
}

/**
 * Runs the wave of the input file and answers with the exit code.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` and the steps throw, when it is refused.
 */
export async function runCommand(inputPath: string, flags: RunFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  if (flags.expect !== undefined && flags.scenario === undefined) {
    throw new CommandError('--expect belongs to a rehearsal; use it with --scenario only.');
  }
  const audience = audienceOf(io, flags.json === true, flags.lines === true);
  const expectation = flags.expect === undefined ? undefined : await readExpectation(flags.expect, io);
  const given = await readInput(inputPath, io);
  if (flags.report !== undefined) await assertWritable('--report', flags.report);
  if (flags.output !== undefined) await assertWritable('--output', flags.output);
  const isWatched = flags.scenario !== undefined && io.isTerminal && !audience.isJson;
  const speed = flags.speed ?? (isWatched ? watchableSpeed : undefined);
  if (isMigrationInput(given)) {
    refuseForMigration({ '--plan': flags.plan });
    const asked = { inputPath, rawInput: given, flags: { ...flags, speed }, io, audience, expectation };
    return runMigration(asked, openWorld);
  }
  const { rawInput, input, keptPlan } = await parsePlannedInput(given, flags.plan, io);
  const runID = flags.name === undefined ? defaultRunName(input) : parseRunName('--name', flags.name);
  const world = await openWorld({ ...flags, speed }, { target: input, ledger: 'create' }, io);
  const kept = flags.plan === undefined ? '' : ` --plan ${shellWord(flags.plan)}`;
  const resume = `mgn-cutover run ${shellWord(inputPath)} ${world.flags} --name ${runID}${kept}`;
  const context = { world, io, audience, runID, rawInput, input, keptPlan, flags, resume, expectation };
  try {
    const historyLog = openHistoryLog(flags.log);
    try {
      return await world.within((session) =>
        withRunClaimed(world, session, runID, () =>
          (world.isRehearsal ? rehearse : cutOverWithConsent)({ ...context, session, historyLog }),
        ),
      );
    } finally {
      historyLog.close();
    }
  } finally {
    world.close();
  }
}

async function rehearse(context: RunContext): Promise<number> {
  await insistOnPlan(context);
  return cutOver(context);
}

/** Looking first costs a few reads and saves a refused run from using up its name. */
async function cutOverWithConsent(context: RunContext): Promise<number> {
  const { world, session, io, audience, runID, rawInput, input, flags } = context;
  await refuseEndedRun(context);
  await insistOnPlan(context);
  const plan = await preview(world, session, runID, rawInput);
  const heading = { runName: runID, target: targetWords(input), place: world.label };
  audience.say(planLines(plan, heading, audience.palette, true));
  if (plan.refusal !== undefined) return finish(context, plan.refusal, exitCodes.refused);
  if (world.needsConsent) {
    const question = `Cut over in ${world.label}?`;
    await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
  }
  return cutOver(context);
}

/** What has begun goes on as it was planned, whatever has been changed meanwhile. */
async function insistOnPlan({ world, session, audience, runID, input, keptPlan }: RunContext): Promise<void> {
  if (keptPlan === undefined || (await createLedger(world.store).readAttempts(runID)).length > 0) return;
  const found = await readPlannedFacts(session, { runID, input });
  insistOnKept(keptPlan, found, input, { audience, now: session.time.now() });
}

/** Says more than the step that would refuse it: where the earlier outcome is, or that the way is back only. */
async function refuseEndedRun({ world, runID }: RunContext): Promise<void> {
  if (await hasOpenRollback(world.store, runID)) {
    throw new CommandError(
      `A rollback of run ${runID} was begun and not finished; finish it first: mgn-cutover rollback ${runID} ${world.flags}`,
    );
  }
  const run = (await createLedger(world.store).readRun(runID))?.value;
  if (run?.end === undefined) return;
  throw new CommandError(
    `A run named ${runID} ended at ${new Date(run.end.endedAt).toISOString()}: ${run.end.summary}. Its records are in ${world.ledgerPath ?? 'the ledger'}. Give this run another name with --name.`,
  );
}

async function cutOver(context: RunContext): Promise<number> {
  const { world, session, io, audience, runID, rawInput, input, historyLog } = context;
  const executed = await execute(world, session, io, {
    start: { machine: 'wave-cutover', name: runID, input: rawInput },
    runID,
    header: {
      name: runID,
      kind: 'cutover',
      target: targetWords(input),
      place: world.label,
      isRehearsal: world.isRehearsal,
    },
    progress: audience.progress(() => session.time.now()),
    historyLog,
  });
  const report = await makeReport(world, runID, { ...executed, madeAt: session.time.now() });
  if (executed.isInterrupted && report?.run.endedAt === undefined) return interrupted(context, report);
  const refusal = await refusalOf(world, runID, executed.result);
  if (refusal !== undefined) {
    audience.event('end', session.time.now(), { exitCode: refusal.exitCode, error: refusal.message, report });
    throw refusal;
  }
  if (report === undefined) throw new TypeError(`run ${runID} ended and is not in the ledger`);
  return finish(context, report, exitCodeOf(report.run.outcome));
}

/** How the machine says that it went to its end, whatever it came to. */
const outcomeErrors: readonly string[] = ['WavePartlyCutOver', 'WaveRefused', 'PersonNeeded'];

/** Why the execution failed when it did not go to its end. */
async function refusalOf(world: World, runID: RunID, result: ExecutionEnd): Promise<CommandError | undefined> {
  if (result.status === 'SUCCEEDED' || outcomeErrors.includes(result.error ?? '')) return undefined;
  const ledger = createLedger(world.store);
  const isOpen = (await ledger.readRun(runID))?.value.end === undefined;
  const isTouched = isOpen && (await ledger.readAttempts(runID)).length > 0;
  const message = causeMessage(result.cause) ?? result.error ?? `the execution ended as ${result.status}`;
  return isTouched
    ? new CommandError(
        `${message} The run has started jobs and is not finished: run the same command again to go on, or mgn-cutover rollback ${runID} ${world.flags}`,
        exitCodes.person,
      )
    : new CommandError(message);
}

async function interrupted(context: RunContext, report: FullReport | undefined): Promise<number> {
  const { world, session, audience, runID, resume } = context;
  const rollback = `mgn-cutover rollback ${runID} ${world.flags}`;
  const commit = `mgn-cutover commit ${runID} ${world.flags}`;
  const { exitCode, lines } = world.isRehearsal
    ? { exitCode: exitCodes.refused, lines: ['The rehearsal was stopped; it touched nothing that is real.'] }
    : await describeInterruption(world.store, runID, { resume, rollback, commit });
  audience.say(lines);
  audience.event('end', session.time.now(), { exitCode, error: lines.join(' '), report });
  if (report !== undefined) await writeReport(context, report);
  return exitCode;
}

async function finish(context: RunContext, report: FullReport, exitCode: number): Promise<number> {
  const { session, audience, flags, expectation } = context;
  if (!audience.isJson) audience.say(['', ...summaryLines(report, audience.palette)]);
  await writeReport(context, report);
  const differences = expectation === undefined ? undefined : differencesFrom(expectation, report);
  const finalCode = differences === undefined ? exitCode : differences.length === 0 ? exitCodes.done : exitCodes.notAll;
  if (differences !== undefined) audience.say(expectationLines(differences, report.servers.length, flags.expect ?? ''));
  const { outcome, summary } = report.run;
  audience.event('end', session.time.now(), { exitCode: finalCode, outcome, summary, differences, report });
  return finalCode;
}

async function writeReport({ session, audience, flags }: RunContext, report: FullReport): Promise<void> {
  const { output, report: page } = flags;
  if (output !== undefined) await session.time.hold(writeWhole(output, reportText(report)));
  if (page === undefined) return;
  audience.say(['', ...(await session.time.hold(writeHtmlReports([report], page, '--report')))]);
}
