/** No state of a migration is decoration: each is entered, and each step that fails for good is survived. */
import { parseDefinition } from '../../../local/asl.ts';
import { statesOf } from '../../../local/asl-rules/rule.ts';
import migrationRun from '../../../statemachine/migration-run.asl.json' with { type: 'json' };
import { inMigrationNight, type AroundMigrationStep, type MigrationWalk } from '../../support/played-waves.ts';

const stateNames = statesOf(parseDefinition('migration-run', migrationRun)).map(({ stateName }) => stateName);
const enteredIn = ({ events }: MigrationWalk): string[] =>
  events.flatMap((event) =>
    event.machine === 'migration-run' && event.type.endsWith('StateEntered') && 'stateName' in event
      ? [event.stateName]
      : [],
  );
const breaking =
  (step: string): AroundMigrationStep =>
  ({ name }, invoke) => {
    if (name === step) throw Object.assign(new Error('denied for good'), { name: 'AccessDeniedError' });
    return invoke();
  };
const waves = [{ name: 'a' }, { name: 'b', after: ['a'] }];

it('enters every state', async () => {
  const entered = new Set<string>();
  const note = (walk: MigrationWalk) => {
    for (const name of enteredIn(walk)) entered.add(name);
  };
  for (const outcome of ['VERIFIED', 'PARTIAL', 'NEEDS_A_PERSON'] as const) {
    await inMigrationNight(['a', 'b'], { b: { outcome } }, async ({ walk }) => {
      note(await walk({ waves, wavesAtOnceMax: 2 }));
    });
  }
  for (const step of ['PlanMigration', 'RecordMigration']) {
    await inMigrationNight(['a', 'b'], {}, async ({ walk }) => {
      note(await walk({ waves }, { around: breaking(step) }));
    });
  }

  expect(stateNames.filter((name) => !entered.has(name))).toEqual([]);
});

it.each([
  ['PlanMigration', 'MigrationNotPlanned', 'AccessDeniedError', 0],
  ['TakeWave', 'EndSlot', 'MigrationIncomplete', 0],
  ['RecordMigration', 'MigrationNotRecorded', 'AccessDeniedError', 2],
])('survives %s failing for good: goes to %s and fails as %s', async (step, next, error, started) => {
  await inMigrationNight(['a', 'b'], {}, async ({ walk, played }) => {
    const walked = await walk({ waves }, { around: breaking(step) });
    const entered = enteredIn(walked);

    expect(entered[entered.indexOf(step) + 1]).toBe(next);
    expect(walked.result).toMatchObject({ status: 'FAILED', error });
    expect(played).toHaveLength(started);
  });
});
