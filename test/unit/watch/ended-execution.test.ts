import * as v from 'valibot';
import { ExecutionStatusEventSchema, toEndedExecution } from '../../../functions/watch/ended-execution.ts';
import { nowMs } from '../../support/domain-builders.ts';
import { anEndedExecution, anEvent, arnOf, waveArn } from './watch-builders.ts';

const parse = (event: unknown) => toEndedExecution(v.parse(ExecutionStatusEventSchema, event), 'MgnCutover');

describe('toEndedExecution', () => {
  it('reads what EventBridge says, and leaves what it does not need', () => {
    expect(parse(anEvent())).toEqual(anEndedExecution());
  });

  it.each(['wave-cutover', 'rollback', 'commit'])('knows the machine %s by its name in the ARN', (machine) => {
    expect(parse(anEvent({}, machine, 'x'))).toMatchObject({ machine, executionID: arnOf(machine, 'x'), name: 'x' });
  });

  it.each(['cutover-shift', 'something-else'])('leaves the machine %s alone', (machine) => {
    expect(parse(anEvent({}, machine))).toBeUndefined();
  });

  it('leaves the machines of another stack alone', () => {
    const executionArn = waveArn.replace('MgnCutover-', 'Other-');

    expect(parse(anEvent({ executionArn }))).toBeUndefined();
  });

  it.each(['RUNNING', 'PENDING_REDRIVE'])('has no end while the status is %s', (status) => {
    expect(parse(anEvent({ status, stopDate: null }))).toBeUndefined();
  });

  it('has no input where the event does not include it, or where it is no JSON', () => {
    expect(parse(anEvent({ input: null, inputDetails: { included: false } }))?.input).toBeUndefined();
    expect(parse(anEvent({ input: '{"runID": ' }))?.input).toBeUndefined();
    expect(parse(anEvent({ input: '{"runID": "a"}' }))?.input).toEqual({ runID: 'a' });
  });

  it('gives the words of a Lambda failure without its stack trace', () => {
    const cause = JSON.stringify({ errorType: 'RunHeldError', errorMessage: 'Run a is held', trace: ['at x.js:1'] });

    expect(parse(anEvent({ error: 'RunHeldError', cause }))).toMatchObject({
      error: 'RunHeldError',
      cause: 'Run a is held',
    });
  });

  it('cuts a cause that is longer than a notice may quote', () => {
    const cause = parse(anEvent({ error: 'E', cause: 'x'.repeat(5_000) }))?.cause;

    expect(cause).toHaveLength(500);
    expect(cause?.endsWith('x…')).toBe(true);
  });

  it('takes an end without a time for the earliest there can be, so that nothing is thought to be over', () => {
    expect(parse(anEvent({ stopDate: null }))?.endedAt).toBe(nowMs - 1_800_000);
  });

  it.each([
    ['another event', { ...anEvent(), 'detail-type': 'Something Else' }],
    ['an event without an execution', { ...anEvent(), detail: { name: 'x', status: 'FAILED', startDate: 1 } }],
    ['no object', 'event'],
  ])('refuses %s', (_, event) => {
    expect(() => parse(event)).toThrow();
  });
});
