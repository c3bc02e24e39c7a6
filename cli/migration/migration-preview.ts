/** A look ahead at a migration: its first step on a copy of the ledger that forgets what is written. */
import { inOrder, isInListOrder } from '../../functions/domain/migration-order.ts';
import type { Migration } from '../../functions/domain/migration-input.ts';
import type { MigrationID } from '../../functions/domain/migration-record.ts';
import { readWindow, showTime } from '../../functions/domain/window.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { createOverlayStore } from '../../functions/ledger/memory-store.ts';
import type { StoredMigration } from '../../functions/ledger/migrations.ts';
import { executionArn, LOCAL_RESIDENCE } from '../../local/arns.ts';
import { freeLocalHold, freeLocalMigrationHold } from '../../local/process-guard.ts';
import { serverCount } from '../live/wave-words.ts';
import type { Palette } from '../live/style.ts';
import { stepper } from '../planning.ts';
import { targetWords } from '../target-words.ts';
import type { WaveRun } from '../tell-work.ts';
import type { Session, World } from '../world.ts';

/**
 * Resolves every wave, reading only.
 *
 * @throws the errors of the step `PlanMigration`.
 */
export async function previewMigration(
  world: World,
  session: Session,
  migrationID: MigrationID,
  waves: readonly WaveRun[],
  input: unknown,
): Promise<StoredMigration> {
  const store = createOverlayStore(world.store);
  // As the migration itself would: what an execution of an earlier process left held is no obstacle.
  await freeLocalMigrationHold(store, migrationID);
  for (const { runID } of waves) await freeLocalHold(store, runID);
  const executionID = executionArn('migration-run', migrationID, LOCAL_RESIDENCE);
  await stepper(store, session, world.sourceServerTag)('PlanMigration', { migrationID, executionID, input });
  const planned = await createLedger(store).readMigration(migrationID);
  if (planned === undefined)
    throw new TypeError(`migration ${migrationID} was planned and is not in the ledger's copy`);
  return planned;
}

/** What a migration would do, in which order. */
export function migrationPlanLines(
  { migration, record }: Pick<StoredMigration, 'migration' | 'record'>,
  place: string,
  palette: Palette,
): string[] {
  return [
    palette.strong(`Migration ${record.migrationID}: ${String(migration.waves.length)} waves, ${place}`),
    ...inOrder(migration.waves).map((wave) => `  ${waveLine(wave, record.waves)}`),
    orderWords(migration),
    commitWords(migration),
  ];
}

/** In which order the waves start, how many at once, and what a failed one means. */
export function orderWords({ waves, wavesAtOnceMax, onWaveFailed }: Migration): string {
  const order = isInListOrder(waves) ? 'They start in this order' : 'Each starts once those before it are verified';
  const atOnce = wavesAtOnceMax === 1 ? 'one after the other' : `up to ${String(wavesAtOnceMax)} at once`;
  return `${order}, ${atOnce}. ${failureWords[onWaveFailed]}`;
}

const failureWords = {
  stop: 'After a wave that is not verified no other one starts (onWaveFailed is "stop").',
  continue: 'After a wave that is not verified the others go on (onWaveFailed is "continue").',
} as const;

function waveLine(
  { name, input, after, canary }: Migration['waves'][number],
  records: StoredMigration['record']['waves'],
) {
  const record = records.find((wave) => wave.name === name);
  const window = input.window && readWindow(input.window);
  const facts = [
    record && serverCount(record.sourceServerCount),
    targetWords(input),
    canary ? 'canary' : undefined,
    after.length === 0 ? undefined : `after ${after.join(', ')}`,
    window && `from ${showTime(window.opensAt, window.zone)}`,
    record === undefined || record.state === 'WAITING' ? undefined : (record.outcome ?? record.state),
  ];
  return `${name}  ${facts.filter((fact) => fact !== undefined).join('  ')}`;
}

/** What happens to what is verified, wave by wave. */
export function commitWords({ waves }: Migration): string {
  const ofCommit = (commit: string) =>
    waves.filter(({ input }) => input.options.commit === commit).map(({ name }) => name);
  const auto = ofCommit('auto');
  const approve = ofCommit('approve');
  const parts = [
    auto.length === 0
      ? []
      : `It will FINALIZE what is verified in ${auto.join(', ')}, which cannot be undone (options.commit is "auto").`,
    approve.length === 0
      ? []
      : `After ${approve.join(', ')} it waits for a person to commit or roll back (options.commit is "approve").`,
    auto.length + approve.length === 0
      ? 'It will finalize nothing: verified source servers stay revertible (options.commit is "never").'
      : [],
  ];
  return parts.flat().join(' ');
}
