/** Errors without stacks: only while the work runs, whatever becomes of it. */
import { withoutStackTraces } from '../../local/stack-traces.ts';

const framesOf = (error: Error) => (error.stack ?? '').split('\n').filter((line) => line.trim().startsWith('at '));

describe('withoutStackTraces', () => {
  it('leaves errors their message and takes their frames', async () => {
    const error = await withoutStackTraces(() => Promise.resolve(new Error('boom')));
    expect(error.message).toBe('boom');
    expect(framesOf(error)).toEqual([]);
  });

  it('brings the frames back, also when the work fails', async () => {
    await expect(withoutStackTraces(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(framesOf(new Error('after'))).not.toEqual([]);
  });
});
