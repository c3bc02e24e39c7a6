/** What people hear when an execution of a migration has ended: its waves, and how it goes on. */
import * as v from 'valibot';
import { MigrationIDSchema, type MigrationRecord } from '../../../functions/domain/migration-record.ts';
import type { Outcome } from '../../../functions/domain/run-record.ts';
import { holdMs } from '../../../functions/shared/open-run.ts';
import { ReportIncompleteError } from '../../../functions/watch/report-parts.ts';
import { inFlightMs } from '../../../functions/watch/settle-run.ts';
import { nowMs } from '../../support/domain-builders.ts';
import { aMigration, partial, recordsOf, running, verified } from '../domain/migration-builders.ts';
import { anEvent, aReportingWorld, arnOf } from './watch-builders.ts';

const migrationID = v.parse(MigrationIDSchema, 'mig');
const migration = aMigration(['crm', 'erp', 'web']);
const executionID = arnOf('migration-run', 'mig');
const eventOf = (detail: Record<string, unknown> = {}) => anEvent(detail, 'migration-run', 'mig');
const skipped = { state: 'SKIPPED' as const, summary: 'not started: wave "erp" ended as PARTIAL' };

const aWorldWith = async (fields: Partial<MigrationRecord>) => {
  const world = aReportingWorld();
  const record: MigrationRecord = {
    migrationID,
    createdAt: nowMs - 7_200_000,
    holder: { executionID, heldUntil: nowMs + holdMs },
    waves: recordsOf(migration),
    ...fields,
  };
  await world.ledger.createMigration(record, migration);
  return world;
};
const ended = (outcome: Outcome, summary: string) => ({ endedAt: nowMs - 2_000, outcome, summary });
const cutShort = {
  waves: recordsOf(migration, {
    crm: { ...verified, startedAt: nowMs - 7_000_000, endedAt: nowMs - 4_000_000, summary: 'all well' },
    erp: { ...running, startedAt: nowMs - 4_000_000 },
  }),
};

describe('the end of a migration', () => {
  it('is told wave by wave, with what can be done next', async () => {
    const world = await aWorldWith({
      waves: recordsOf(migration, {
        crm: { ...verified, startedAt: nowMs, summary: '2 source servers: 2 verified' },
        erp: { ...partial, startedAt: nowMs, summary: '2 source servers: 1 verified, 1 rolled back' },
        web: skipped,
      }),
      end: ended('PARTIAL', '3 waves: 1 verified, 1 partly or not cut over (erp), 1 not started (web)'),
    });
    await world.report(eventOf({ status: 'FAILED', error: 'MigrationIncomplete', cause: '3 waves' }));
    const [notice] = world.notices;

    expect(notice?.subject).toBe('mgn-cutover ACT: migration failed: mig');
    expect(notice?.text).toContain('Migration mig: it failed at 2026-03-07 21:59:59 UTC.');
    expect(notice?.text).toContain('- crm (run mig-crm): VERIFIED, 2 source servers: 2 verified');
    expect(notice?.text).toContain('- web (run mig-web): SKIPPED, not started: wave "erp" ended as PARTIAL');
    for (const command of ['watch mig', 'commit mig-crm', 'commit mig-erp', 'rollback mig'])
      expect(notice?.text).toContain(`    mgn-cutover ${command} --stack MgnCutover --region eu-west-1\n`);
    expect(notice?.text).not.toContain('--resume');
    expect(notice?.text).toContain(`executions/details/${executionID}`);
  });

  it.each([
    ['NEEDS_A_PERSON' as const, 'mgn-cutover URGENT: migration failed, needs a person: mig'],
    ['PARTIAL' as const, 'mgn-cutover ACT: migration failed: mig'],
  ])('that is %s has the subject %s', async (outcome, subject) => {
    const world = await aWorldWith({ end: ended(outcome, '3 waves') });
    await world.report(eventOf({ status: 'FAILED' }));

    expect(world.notices.map((notice) => notice.subject)).toEqual([subject]);
  });

  it('is kept as evidence, under a name of its own and as the latest', async () => {
    const world = await aWorldWith(cutShort);
    await world.report(eventOf());
    const document = {
      execution: { machine: 'migration-run', status: 'ABORTED' },
      outcome: 'UNFINISHED',
      waves: [{ name: 'crm', outcome: 'VERIFIED' }, { name: 'erp', state: 'RUNNING' }, { state: 'WAITING' }],
    };

    expect(world.objects.get('runs/mig/20260307T215959Z-migration-run-ABORTED.json')).toMatchObject(document);
    expect(world.objects.get('runs/mig/report.json')).toMatchObject(document);
  });
});

describe('a migration whose execution was cut short', () => {
  it('is told with what is under way and how it goes on, and needs a person', async () => {
    const world = await aWorldWith(cutShort);
    await world.report(eventOf());
    const [notice] = world.notices;

    expect(notice?.subject).toBe('mgn-cutover URGENT: migration was stopped, needs a person: mig');
    expect(notice?.text.replaceAll('\n', ' ')).toContain(
      'It has not ended, and starts no other wave now: 3 waves: 1 verified, 1 under way (erp), 1 waiting.',
    );
    expect(notice?.text).toContain('mgn-cutover start INPUT.json --name mig --resume --stack MgnCutover');
  });

  it('is held no longer than a step that was under way may act', async () => {
    const world = await aWorldWith(cutShort);
    await world.report(eventOf());

    expect((await world.ledger.readMigration(migrationID))?.record.holder).toEqual({
      executionID,
      heldUntil: nowMs + inFlightMs,
    });
  });

  it('stays another execution’s that has taken it since', async () => {
    const holder = { executionID: 'another', heldUntil: nowMs + holdMs };
    const world = await aWorldWith({ ...cutShort, holder });
    await world.report(eventOf());

    expect((await world.ledger.readMigration(migrationID))?.record.holder).toEqual(holder);
  });
});

describe('an end that is delivered again', () => {
  it('is told once, and again when a redriven execution ends again', async () => {
    const world = await aWorldWith(cutShort);
    await world.report(eventOf());
    await world.report(eventOf());
    expect(world.notices).toHaveLength(1);
    await world.report(eventOf({ stopDate: nowMs + 60_000 }));
    expect(world.notices).toHaveLength(2);
  });

  it('makes up for what failed the first time', async () => {
    const world = await aWorldWith(cutShort);
    world.failing.add('topic');
    await expect(world.report(eventOf())).rejects.toThrow(ReportIncompleteError);
    world.failing.clear();
    await world.report(eventOf());

    expect(world.notices).toHaveLength(1);
  });

  it('is told although the report could not be kept', async () => {
    const world = await aWorldWith(cutShort);
    world.failing.add('bucket');

    await expect(world.report(eventOf())).rejects.toThrow(/the report could not be kept/);
    expect(world.notices).toHaveLength(1);
  });
});

it('says that nothing was started of a migration that was refused', async () => {
  const world = aReportingWorld();
  await world.report(eventOf({ status: 'FAILED', error: 'InvalidInputError', cause: 'two waves are called "a"' }));
  const [notice] = world.notices;

  expect(notice?.text).toContain('Error: InvalidInputError: two waves are called "a"');
  expect(notice?.text).toContain('No wave of it was started');
  expect(notice?.text).toContain('start INPUT.json --name ANOTHER');
});
