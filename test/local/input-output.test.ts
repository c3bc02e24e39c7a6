/** How a state's data passes through its paths and templates, as in Step Functions. */
import { createHash } from 'node:crypto';
import { type Fields, only, poll, runMachine, type RunSetup } from '../support/run-machine.ts';

const output = async (state: Fields, input: unknown, setup: RunSetup = {}): Promise<unknown> => {
  const { result } = await runMachine(only(state), { ...setup, input });
  return result.status === 'SUCCEEDED' ? result.output : result;
};

describe('input and output', () => {
  const echo = { handlers: { Poll: (event: unknown) => ({ event, extra: 1 }) } };

  it('go through InputPath, Parameters, ResultSelector, ResultPath and OutputPath in this order', async () => {
    const state = poll({
      InputPath: '$.wave',
      Parameters: { 'id.$': '$.waveID', nested: { 'name.$': '$.name', list: [{ 'first.$': '$.ids[0]' }] } },
      ResultSelector: { 'seen.$': '$.event' },
      ResultPath: '$.wave.result',
      OutputPath: '$.wave',
    });
    const wave = { waveID: 'wave-1', name: 'n', ids: ['a', 'b'] };

    expect(await output(state, { wave }, echo)).toEqual({
      ...wave,
      result: { seen: { id: 'wave-1', nested: { name: 'n', list: [{ first: 'a' }] } } },
    });
  });

  it('keep the input and drop the result with ResultPath null', async () => {
    expect(await output(poll({ ResultPath: null }), { a: 1 }, echo)).toEqual({ a: 1 });
  });

  it('can be composed by the intrinsic functions', async () => {
    const parameters = {
      'text.$': "States.Format('{} of {}', $.n, $.name)",
      'list.$': 'States.Array($.n, $.name)',
      'count.$': 'States.ArrayLength($.ids)',
      'has.$': "States.ArrayContains($.ids, 'b')",
      'second.$': 'States.ArrayGetItem($.ids, 1)',
      'parts.$': 'States.ArrayPartition($.ids, 2)',
      'sum.$': 'States.MathAdd($.n, 1)',
      'json.$': 'States.StringToJson($.json)',
      'string.$': 'States.JsonToString($.one)',
      'hash.$': "States.Hash($.name, 'SHA-256')",
      'nested.$': "States.Format('{}', States.MathAdd(States.ArrayLength($.ids), 1))",
    };
    const input = { n: 2, name: 'wave', ids: ['a', 'b', 'c'], one: { x: 1 }, json: '{"z":3}' };

    expect(await output({ Type: 'Pass', Parameters: parameters }, input)).toEqual({
      text: '2 of wave',
      list: [2, 'wave'],
      count: 3,
      has: true,
      second: 'b',
      parts: [['a', 'b'], ['c']],
      sum: 3,
      json: { z: 3 },
      string: '{"x":1}',
      hash: createHash('sha256').update('wave').digest('hex'),
      nested: '4',
    });
  });

  it('are copies: what a handler does to its event stays with it', async () => {
    const handlers = {
      Poll: (event: unknown) => {
        Object.assign(Object(event), { list: ['changed'] });
        return null;
      },
    };

    expect(await output(poll({ ResultPath: '$.r' }), { list: ['a'] }, { handlers })).toEqual({ list: ['a'], r: null });
  });
});
