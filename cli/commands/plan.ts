/** `plan`: what would `run` do? Reads only; neither MGN nor the ledger is changed. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { isMigrationInput } from '../../functions/domain/migration-input.ts';
import { parseRunInput, type RunInput } from '../../functions/domain/run-input.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { refuseForMigration } from '../kept-plan.ts';
import { serverCount } from '../live/wave-words.ts';
import { planMigration } from '../migration/plan-migration.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { planLines } from '../plan-text.ts';
import { readPlannedFacts } from '../planned-facts.ts';
import { preview, type Preview } from '../planning.ts';
import { readInput } from '../read-json.ts';
import { defaultRunName, parseRunName } from '../run-name.ts';
import { changeLines, changesSince, makePlanFile, planFileText, readPlanFile, type PlanFile } from '../saved-plan.ts';
import { targetWords } from '../target-words.ts';
import { inputHelp, withHelp, withWorld, type VerbContext } from '../verb.ts';
import type { OpenWorld, Session, World, WorldFlags } from '../world.ts';

/** Flags of `plan`. */
export interface PlanFlags extends WorldFlags {
  readonly name?: string | undefined;
  readonly json?: boolean | undefined;
  readonly save?: string | undefined;
  readonly compare?: string | undefined;
}

/** Registers `plan`. */
export function addPlan({ command, io, worlds, end }: VerbContext): void {
  const plan = command('plan', 'show what run would do; changes nothing').argument('<INPUT>', inputHelp);
  withWorld(plan)
    .option('--save <file>', 'keep the facts of every source server, for run --plan on the night')
    .option('--compare <file>', 'say only what has changed since that plan was saved')
    .option('--json', 'tell it as one JSON document')
    .action(async (input: string, flags: PlanFlags) => {
      end(await planCommand(input, flags, io, worlds));
    });
  withHelp(plan, {
    examples: [
      'plan wave.json --region eu-west-1 --save plan.json',
      'plan wave.json --region eu-west-1 --compare plan.json',
    ],
    exitCodes: {
      0: 'a run would start, or would once its window opens; with --compare: nothing has changed',
      2: 'a run would be refused; with --compare: something has changed',
    },
  });
}

interface PlanContext {
  readonly world: World;
  readonly session: Session;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly rawInput: unknown;
  readonly input: RunInput;
}

/**
 * Shows the plan; 0 when a run would start now or once the window opens, 2 when it would be refused.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` and the steps throw, when there is no plan.
 */
export async function planCommand(inputPath: string, flags: PlanFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const { save, compare } = flags;
  if (save !== undefined && compare !== undefined)
    throw new CommandError('--save and --compare do not go together: compare first, then save again.');
  const audience = audienceOf(io, flags.json === true);
  const rawInput = await readInput(inputPath, io);
  if (isMigrationInput(rawInput)) {
    refuseForMigration({ '--save': save, '--compare': compare });
    return planMigration({ rawInput, flags, io, audience }, openWorld);
  }
  const input = parseRunInput(rawInput);
  const runID = flags.name === undefined ? defaultRunName(input) : parseRunName('--name', flags.name);
  const before = compare === undefined ? undefined : await readPlanFile('--compare', compare, input, io);
  if (save !== undefined) await assertWritable('--save', save);
  const world = await openWorld(flags, { target: input, ledger: 'look' }, io);
  try {
    return await world.within((session) => {
      const context = { world, session, audience, runID, rawInput, input };
      return compare === undefined || before === undefined
        ? showPlan(context, save)
        : comparePlan(context, { path: compare, file: before });
    });
  } finally {
    world.close();
  }
}

async function showPlan(context: PlanContext, savePath: string | undefined): Promise<number> {
  const { world, session, audience, runID, rawInput, input } = context;
  const plan = await preview(world, session, runID, rawInput);
  if (plan.isResumed && savePath !== undefined)
    throw new CommandError(`--save: run ${runID} has begun already, so there is nothing to plan.`);
  const exitCode = plan.decision === 'REFUSE' ? exitCodes.refused : exitCodes.done;
  const heading = { runName: runID, target: targetWords(input), place: world.label };
  if (!audience.isJson) audience.say(planLines(plan, heading, audience.palette, false));
  const saved = savePath === undefined ? undefined : await savePlan(context, savePath);
  audience.event('plan', session.time.now(), { exitCode, ...planEvent(plan), saved });
  return exitCode;
}

/** The facts are kept whatever is still to be mended: what is blocked today may be ready on the night. */
async function savePlan({ session, audience, runID, input }: PlanContext, path: string) {
  const file = makePlanFile(input, await readPlannedFacts(session, { runID, input }), session.time.now());
  await session.time.hold(writeWhole(path, planFileText(file), '--save'));
  const servers = Object.keys(file.servers).length;
  audience.say([`Saved in ${path}: ${serverCount(servers)}, SHA-256 ${file.hash}`]);
  return { path, servers, hash: file.hash };
}

function planEvent({
  decision,
  forecast,
  reasons,
  expected,
  lastSafeStartAt,
  notes,
  isResumed,
  report,
  mustSucceed,
}: Preview) {
  return {
    decision,
    reasons,
    notes,
    forecast,
    expected,
    lastSafeStartAt: lastSafeStartAt === undefined ? undefined : new Date(lastSafeStartAt).toISOString(),
    isResumed,
    run: report.run,
    servers: report.servers.map((server) => ({
      ...server,
      mustSucceed: mustSucceed.get(server.sourceServerID) ?? [],
    })),
  };
}

async function comparePlan(
  { session, audience, runID, input }: PlanContext,
  { path, file }: { readonly path: string; readonly file: PlanFile },
): Promise<number> {
  const changes = changesSince(file, await readPlannedFacts(session, { runID, input }));
  const exitCode = changes.length === 0 ? exitCodes.done : exitCodes.refused;
  audience.say(changeLines(path, file, changes, input.window?.zone));
  audience.event('comparison', session.time.now(), { exitCode, plan: path, savedAt: file.savedAt, changes });
  return exitCode;
}
