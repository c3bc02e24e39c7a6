/**
 * What people do once nothing goes wrong any more: they wait out the holds of what died, go on with what they had
 * started, and bring back what still does not end. Then they ask for the same once more, which must change nothing.
 */
import * as v from 'valibot';
import { MigrationIDSchema } from '../../functions/domain/migration-record.ts';
import { runIDOf, type Night } from '../support/a-run.ts';
import type { Started } from './scene.ts';
import type { Script, StartAct } from './script.ts';

/** A start in the calm. */
export type CalmStart = StartAct & Pick<Started, 'purpose'>;

/** A hold lasts 15 minutes and a late invocation up to five. */
const outlivedMs = 25 * 60_000;
/** How often somebody tries before the run counts as one that does not end. */
const triesMax = 4;

/** Brings every run of the night to its end, and asks once more. */
export async function bringToRest(
  night: Night,
  { isUndone }: Pick<Script, 'isUndone'>,
  started: readonly Started[],
  start: (act: CalmStart) => Promise<void>,
): Promise<void> {
  const firsts = started.filter(
    ({ machine, name }, index) =>
      (machine === 'wave-cutover' || machine === 'migration-run') &&
      started.findIndex((one) => one.name === name) === index,
  );
  await night.time.sleep(outlivedMs);
  for (const { machine, name, input } of firsts) {
    if (await isOpen(night, machine, name))
      await start({ act: 'start', atSeconds: 0, machine, name, input, purpose: 'settle' });
  }
  for (let tries = 1; tries < triesMax; tries += 1) {
    const open = await night.ledger.listOpenRunIDs();
    if (open.length > 0) await night.time.sleep(outlivedMs);
    for (const runID of open) {
      const name = `settle-${String(tries)}-${runID}`;
      await start({ act: 'start', atSeconds: 0, machine: 'rollback', name, input: { runID }, purpose: 'settle' });
    }
  }
  for (const { machine, name, input } of firsts)
    await start({ act: 'start', atSeconds: 0, machine, name, input, purpose: 'repeat' });
  for (const name of isUndone ? ['undo', 'undo-again'] : []) {
    for (const runID of await night.ledger.listRunIDs())
      await start({
        act: 'start',
        atSeconds: 0,
        machine: 'rollback',
        name: `${name}-${runID}`,
        input: { runID },
        purpose: 'undo',
      });
  }
}

async function isOpen(night: Night, machine: Started['machine'], name: string): Promise<boolean> {
  if (machine !== 'migration-run') return (await night.ledger.readRun(runIDOf(name)))?.value.end === undefined;
  return (await night.ledger.readMigration(v.parse(MigrationIDSchema, name)))?.record.end === undefined;
}
