import * as v from 'valibot';
import { inPhase, phases, ServerRecordSchema, verdicts } from '../../../functions/domain/server-record.ts';
import { aServerRecord, nowMs } from '../../support/domain-builders.ts';

describe('inPhase', () => {
  it('begins the phase now', () => {
    expect(inPhase(aServerRecord({ phase: 'launch' }), 'first boot', nowMs + 1)).toMatchObject({
      phase: 'first boot',
      phaseAt: nowMs + 1,
    });
  });

  it('keeps when each phase was first entered', () => {
    const first = inPhase(aServerRecord({ phase: 'ready', phaseAt: nowMs }), 'starting', nowMs + 1);
    const again = inPhase(inPhase(first, 'ready', nowMs + 2), 'starting', nowMs + 3);
    expect(again).toMatchObject({ phaseAt: nowMs + 3, phaseTimes: { ready: nowMs, starting: nowMs + 1 } });
  });

  it('does not begin a phase again', () => {
    const record = aServerRecord({ phase: 'launch', phaseAt: nowMs });
    expect(inPhase(record, 'launch', nowMs + 1)).toBe(record);
  });
});

describe('ServerRecordSchema', () => {
  it('reads back what JSON keeps of a record', () => {
    const record = aServerRecord({ verdict: 'ROLLED_BACK', rollback: { requestedAt: nowMs, problems: [] } });
    expect(v.parse(ServerRecordSchema, JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it.each(phases)('knows the phase "%s"', (phase) => {
    expect(v.is(ServerRecordSchema, aServerRecord({ phase }))).toBe(true);
  });

  it.each(verdicts)('knows the verdict %s', (verdict) => {
    expect(v.is(ServerRecordSchema, aServerRecord({ verdict }))).toBe(true);
  });

  it('refuses a record that is not one', () => {
    expect(v.is(ServerRecordSchema, { ...aServerRecord(), verdict: 'FINE' })).toBe(false);
  });
});
