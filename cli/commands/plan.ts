/** `plan`: what would `run` do? Reads only; neither MGN nor the ledger is changed. */
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { audienceOf } from '../audience.ts';
import { exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { planLines } from '../plan-text.ts';
import { preview } from '../planning.ts';
import { readJson } from '../read-json.ts';
import { defaultRunName, parseRunName } from '../run-name.ts';
import { targetWords } from '../target-words.ts';
import { inputHelp, verdictExitCodes, withHelp, withWorld, type VerbContext } from '../verb.ts';
import type { OpenWorld, WorldFlags } from '../world.ts';

/** Flags of `plan`. */
export interface PlanFlags extends WorldFlags {
  readonly name?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Registers `plan`. */
export function addPlan({ command, io, worlds, end }: VerbContext): void {
  const plan = command('plan', 'show what run would do; changes nothing').argument('<INPUT>', inputHelp);
  withWorld(plan)
    .option('--json', 'tell it as JSON')
    .action(async (input: string, flags: PlanFlags) => {
      end(await planCommand(input, flags, io, worlds));
    });
  withHelp(plan, { examples: ['plan wave.json --region eu-west-1'], exitCodes: verdictExitCodes });
}

/**
 * Shows the plan; 0 when a run would start, 2 when it would be refused.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` and the steps throw, when there is no plan.
 */
export async function planCommand(inputPath: string, flags: PlanFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const rawInput = await readJson('INPUT', inputPath, io);
  const input = parseRunInput(rawInput);
  const runID = flags.name === undefined ? defaultRunName(input) : parseRunName('--name', flags.name);
  const world = await openWorld(flags, { accountID: input.accountID, ledger: 'look' }, io);
  try {
    return await world.within(async (session) => {
      const plan = await preview(world, session, runID, rawInput);
      const exitCode = plan.decision === 'PROCEED' ? exitCodes.done : exitCodes.refused;
      const heading = { runName: runID, target: targetWords(input), place: world.label };
      if (!audience.isJson) audience.say(planLines(plan, heading, audience.palette, false));
      const { decision, batchIDs, isResumed, report, mustSucceed } = plan;
      const servers = report.servers.map((server) => ({
        ...server,
        mustSucceed: mustSucceed.get(server.sourceServerID) ?? [],
      }));
      audience.event('plan', session.time.now(), { exitCode, decision, batchIDs, isResumed, run: report.run, servers });
      return exitCode;
    });
  } finally {
    world.close();
  }
}
