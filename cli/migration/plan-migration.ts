/** `plan` of a migration: what would `run` do with its waves? Reads only; neither MGN nor the ledger is changed. */
import { parseMigration } from '../../functions/domain/migration-input.ts';
import { inOrder } from '../../functions/domain/migration-order.ts';
import type { Audience } from '../audience.ts';
import { exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { planLines } from '../plan-text.ts';
import { preview, type Preview } from '../planning.ts';
import { targetWords } from '../target-words.ts';
import type { OpenWorld, WorldFlags } from '../world.ts';
import { defaultMigrationName, parseMigrationName, waveRunsOf } from './migration-name.ts';
import { migrationPlanLines, previewMigration } from './migration-preview.ts';

/** What `plan` was asked to do, with a migration as its input. */
export interface MigrationToPlan {
  readonly rawInput: unknown;
  readonly flags: WorldFlags & { readonly name?: string | undefined };
  readonly io: Io;
  readonly audience: Audience;
}

/**
 * Shows the plan of each wave in the order of their start; 0 when all would start, 2 when one would be refused.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` and the steps throw, when there is no plan.
 */
export async function planMigration(
  { rawInput, flags, io, audience }: MigrationToPlan,
  openWorld: OpenWorld,
): Promise<number> {
  const migration = parseMigration(rawInput);
  const migrationID =
    flags.name === undefined ? defaultMigrationName(migration) : parseMigrationName('--name', flags.name);
  const runs = waveRunsOf(migrationID, migration);
  const world = await openWorld(flags, { target: migration.waves[0]?.input, ledger: 'look' }, io);
  try {
    return await world.within(async (session) => {
      const planned = await previewMigration(world, session, migrationID, runs, rawInput);
      if (!audience.isJson) audience.say(migrationPlanLines(planned, world.label, audience.palette));
      let exitCode: number = exitCodes.done;
      const waves: object[] = [];
      for (const { name, input } of inOrder(migration.waves)) {
        const runID = runs.find((run) => run.name === name)?.runID;
        if (
          runID === undefined ||
          planned.record.waves.some((wave) => wave.name === name && wave.endedAt !== undefined)
        )
          continue;
        const plan = await preview(world, session, runID, input);
        if (plan.decision === 'REFUSE') exitCode = exitCodes.refused;
        const heading = { runName: `${runID} (wave ${name})`, target: targetWords(input), place: world.label };
        if (!audience.isJson)
          audience.say(['', ...planLines(plan, heading, audience.palette, true), ...waitLines(plan)]);
        const { decision, reasons, forecast, report } = plan;
        waves.push({ wave: name, runID, decision, reasons, forecast, servers: report.servers });
      }
      audience.event('plan', session.time.now(), { exitCode, migration: migrationID, waves });
      return exitCode;
    });
  } finally {
    world.close();
  }
}

/** A migration waits for the window of a wave, where a run by itself is refused. */
function waitLines({ decision, reasons }: Preview): string[] {
  return decision === 'NOT_YET'
    ? [`The migration waits for its window: ${reasons.map(({ fact }) => fact).join('; ')}.`]
    : [];
}
