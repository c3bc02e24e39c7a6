/** Where a run waits for a person: who may still answer, what silence means, and how often the run looks by itself. */
import {
  gateOf,
  isGateOver,
  judgeCommitGate,
  lookSeconds,
  startGateOf,
  waitingGate,
  withAnswer,
  withClosedGate,
  withOpenGate,
} from '../../../functions/domain/gate.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import { aRunRecord, nowMs, waveID } from '../../support/domain-builders.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const wave = 'wave-execution';
const person = 'commit-execution';

const runWith = (options: object, fields: Partial<RunRecord> = {}): RunRecord =>
  aRunRecord({ input: parseRunInput({ waveID: waveID(1), options }), ...fields });
const approving = (options: object = {}, fields: Partial<RunRecord> = {}) =>
  runWith({ commit: 'approve', ...options }, fields);
const verified = [{ verdict: 'VERIFIED' as const }, { verdict: 'ROLLED_BACK' as const }];
const end = { endedAt: nowMs, outcome: 'FINALIZED' as const, summary: '1 source server: 1 finalized' };
const held = (executionID: string, byMs = 60_000) => ({ executionID, heldUntil: nowMs + byMs });

describe('judgeCommitGate', () => {
  const judge = (run: RunRecord, records = verified, now = nowMs) => judgeCommitGate(run, records, wave, now).state;

  it('waits while something is verified and nobody has decided', () => {
    expect(judgeCommitGate(approving(), verified, wave, nowMs)).toEqual({
      state: 'AWAIT',
      isAtWork: false,
      openedAt: nowMs,
      closesAt: nowMs + 7 * dayMs,
    });
  });

  it('ends with the outcome that a person’s commit or rollback came to, whatever is verified still', () => {
    expect(judgeCommitGate(approving({}, { end }), verified, wave, nowMs)).toEqual({ state: 'ENDED', end });
  });

  it('has nothing to wait for when nothing is verified', () => {
    expect(judgeCommitGate(approving(), [{ verdict: 'ROLLED_BACK' }], wave, nowMs)).toMatchObject({
      state: 'RECORD',
      isTimedOut: false,
    });
    expect(judge(approving({ onCommitTimeout: 'rollback' }), [{ verdict: 'ROLLED_BACK' }])).toBe('RECORD');
  });

  it('does as the input says once nobody came in time, counted from when the gate opened first', () => {
    const opened = (options: object) => withOpenGate(approving(options), 'COMMIT', 'token', nowMs);
    const late = nowMs + 7 * dayMs;

    expect(judge(opened({}), verified, late - 1)).toBe('AWAIT');
    expect(judgeCommitGate(opened({}), verified, wave, late)).toMatchObject({ state: 'RECORD', isTimedOut: true });
    expect(judge(opened({ onCommitTimeout: 'rollback' }), verified, late)).toBe('ROLL_BACK');
  });

  it('leaves whoever is at work alone, however late it is, until their hold has run out', () => {
    const run = (byMs: number) =>
      withOpenGate(
        approving(
          { onCommitTimeout: 'rollback', commitBy: '2026-03-07T21:00:00Z' },
          {
            holder: held(person, byMs),
          },
        ),
        'COMMIT',
        'token',
        nowMs - dayMs,
      );

    expect(judgeCommitGate(run(1), verified, wave, nowMs)).toMatchObject({ state: 'AWAIT', isAtWork: true });
    expect(judgeCommitGate(run(1), [], wave, nowMs)).toMatchObject({ state: 'AWAIT', isAtWork: true });
    expect(judge(run(0))).toBe('ROLL_BACK');
  });

  it('does not take its own hold for somebody else’s', () => {
    expect(judge(approving({}, { holder: held(wave) }), [])).toBe('RECORD');
  });
});

describe('the commit gate', () => {
  it('keeps when it opened and when it closes over every look, and always has the latest token', () => {
    const first = withOpenGate(approving(), 'COMMIT', 'token-1', nowMs);
    const second = withOpenGate(first, 'COMMIT', 'token-2', nowMs + hourMs);

    expect(second.gates).toEqual([
      { gate: 'COMMIT', openedAt: nowMs, closesAt: nowMs + 7 * dayMs, taskToken: 'token-2' },
    ]);
  });

  it('can no longer be answered once the run has gone on or ended', () => {
    const open = withOpenGate(approving(), 'COMMIT', 'token', nowMs);
    const closed = withClosedGate(open, nowMs + hourMs);

    expect(waitingGate(open)?.gate).toBe('COMMIT');
    expect(waitingGate(approving())).toBeUndefined();
    expect(waitingGate(closed)).toBeUndefined();
    expect(waitingGate({ ...open, end })).toBeUndefined();
    expect(gateOf(closed, 'COMMIT')).toMatchObject({ closedAt: nowMs + hourMs, taskToken: undefined });
  });

  it('is over for a late repetition by the execution that has gone on, and not for the one that comes anew', () => {
    const closed = withClosedGate(withOpenGate(approving(), 'COMMIT', 'token', nowMs), nowMs);

    expect(isGateOver(approving(), 'COMMIT', wave)).toBe(false);
    expect(isGateOver(approving({}, { holder: held(wave) }), 'COMMIT', wave)).toBe(false);
    expect(isGateOver({ ...closed, holder: held(wave) }, 'COMMIT', wave)).toBe(true);
    expect(isGateOver({ ...closed, holder: held(person) }, 'COMMIT', wave)).toBe(false);
    expect(isGateOver({ ...closed, end }, 'COMMIT', 'another')).toBe(true);
  });

  it('that was never come to is not closed either', () => {
    expect(withClosedGate(approving(), nowMs)).toEqual(approving());
  });
});

describe('the start gate', () => {
  const open = withOpenGate(runWith({ start: 'approve' }), 'START', 'token', nowMs);
  const answered = (approved: boolean) => withAnswer(open, { approved, at: nowMs, by: person });
  const closesAt = nowMs + hourMs;

  it('closes a day after the run was made, where nothing else was said', () => {
    expect(open.gates).toMatchObject([{ gate: 'START', closesAt: open.createdAt + dayMs }]);
  });

  it('waits until it closes, and takes silence for no', () => {
    expect(startGateOf(open, closesAt, nowMs)).toBe('AWAIT');
    expect(startGateOf(open, closesAt, closesAt)).toBe('TIMED_OUT');
    expect(startGateOf({}, closesAt, nowMs)).toBe('AWAIT');
  });

  it('is as a person said, even when that is heard late', () => {
    expect(startGateOf(answered(true), closesAt, closesAt + 1)).toBe('APPROVED');
    expect(startGateOf(answered(false), closesAt, nowMs)).toBe('REFUSED');
  });

  it('is over once it is answered', () => {
    expect(waitingGate(open)?.gate).toBe('START');
    expect(waitingGate(answered(true))).toBeUndefined();
    expect(isGateOver(answered(false), 'START', wave)).toBe(true);
  });

  it('that the run never came to takes no answer', () => {
    const run = runWith({});

    expect(withAnswer(run, { approved: true, at: nowMs, by: person })).toEqual(run);
  });

  it('stays beside the commit gate', () => {
    const start = withAnswer(withOpenGate(approving({ start: 'approve' }), 'START', 'token', nowMs), {
      approved: true,
      at: nowMs,
      by: person,
    });
    const both = withOpenGate(start, 'COMMIT', 'token-2', nowMs);

    expect(both.gates?.map(({ gate }) => gate)).toEqual(['START', 'COMMIT']);
    expect(gateOf(both, 'COMMIT')?.taskToken).toBe('token-2');
    expect(startGateOf(both, nowMs, nowMs)).toBe('APPROVED');
    expect(isGateOver(both, 'COMMIT', wave)).toBe(false);
    expect(waitingGate(start)).toBeUndefined();
    expect(waitingGate(both)?.gate).toBe('COMMIT');
  });
});

describe('lookSeconds', () => {
  const gate = { openedAt: nowMs, closesAt: nowMs + 7 * dayMs };

  it('is the least at first, and grows to a thirtieth of the time waited', () => {
    expect(lookSeconds(gate, nowMs, 15)).toBe(15);
    expect(lookSeconds(gate, nowMs + hourMs, 15)).toBe(120);
    expect(lookSeconds(gate, nowMs + hourMs, 300)).toBe(300);
    expect(lookSeconds(gate, nowMs + dayMs, 300)).toBe(2_880);
  });

  it('never goes beyond the time at which waiting ends, and is at least a second', () => {
    expect(lookSeconds(gate, gate.closesAt - 4_200, 15)).toBe(5);
    expect(lookSeconds(gate, gate.closesAt - 1, 15)).toBe(1);
  });

  it('goes on when it is late and somebody is at work', () => {
    expect(lookSeconds({ openedAt: nowMs, closesAt: nowMs }, nowMs + 60_000, 15)).toBe(15);
  });

  it('makes fewer than 300 looks in a fortnight', () => {
    const fortnight = { openedAt: nowMs, closesAt: nowMs + 14 * dayMs };
    let looks = 0;
    for (let now = nowMs; now < fortnight.closesAt; looks += 1) now += lookSeconds(fortnight, now, 15) * 1_000;

    expect(looks).toBeGreaterThan(100);
    expect(looks).toBeLessThan(300);
  });
});
