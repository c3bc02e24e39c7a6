/** What hooks are told, and what is kept of what they say. */
import * as v from 'valibot';
import { HooksSchema } from '../../../functions/domain/hook-options.ts';
import { createCapture, cutOutput } from '../../../functions/domain/hook-output.ts';
import { hookPayload } from '../../../functions/domain/hook-payload.ts';
import {
  aRunRecord,
  aServerRecord,
  applicationID,
  cutoverInstanceID,
  sourceServerID,
} from '../../support/domain-builders.ts';

const records = [
  aServerRecord({ applicationID: applicationID(1), applicationName: 'shop' }),
  aServerRecord({ sourceServerID: sourceServerID(2), hostname: undefined, cutover: undefined }),
];
const payloadOf = (parameters: object, scope: 'wave' | 'application' = 'application') => {
  const [hook] = v.parse(HooksSchema, [
    { name: 'smoke', when: 'afterVerified', automation: 'Smoke', eachApplication: true, parameters },
  ]);
  if (hook === undefined) throw new Error('no hook');
  return hookPayload(aRunRecord(), hook, scope === 'wave' ? 'wave' : applicationID(1), records, 'token-1');
};

describe('hookPayload', () => {
  it('names run, hook, scope and source servers', () => {
    expect(payloadOf({})).toEqual({
      runID: 'night-1',
      hook: 'smoke',
      when: 'afterVerified',
      scope: { applicationID: applicationID(1), applicationName: 'shop' },
      sourceServers: [
        { sourceServerID: sourceServerID(1), hostname: 'web-1', ec2InstanceID: cutoverInstanceID },
        { sourceServerID: sourceServerID(2) },
      ],
      token: 'token-1',
      parameters: {},
    });
    expect(payloadOf({}, 'wave').scope).toBe('wave');
  });

  it('makes a list of a value that is nothing but a list’s placeholder', () => {
    expect(payloadOf({ ids: '{sourceServerIDs}', more: ['first', '{ec2InstanceIDs}'] }).parameters).toEqual({
      ids: [sourceServerID(1), sourceServerID(2)],
      more: ['first', cutoverInstanceID],
    });
  });

  it('fills placeholders within texts, and leaves alone what is none', () => {
    const text = '{runID}/{applicationID}: {sourceServerIDs} ${HOME} {{global:DATE}} {"a": 1}';
    expect(payloadOf({ text, list: ['{runID}'] }).parameters).toEqual({
      text: `night-1/${applicationID(1)}: ${sourceServerID(1)},${sourceServerID(2)} \${HOME} {{global:DATE}} {"a": 1}`,
      list: ['night-1'],
    });
  });

  it('has no application to name in a hook of the wave', () => {
    const parameters = { id: '{applicationID}', ids: ['{applicationID}'] };
    expect(payloadOf(parameters).parameters).toEqual({ id: applicationID(1), ids: [applicationID(1)] });
    expect(payloadOf(parameters, 'wave').parameters).toEqual({ id: '', ids: [''] });
  });

  it('never fills in twice', () => {
    const hook = v.parse(HooksSchema, [
      { name: 'x', when: 'afterVerified', automation: 'Smoke', parameters: { a: '{sourceServerIDs}', b: '$&{runID}' } },
    ])[0];
    expect(hook && hookPayload(aRunRecord(), hook, 'wave', [], 't').parameters).toEqual({ a: [], b: '$&night-1' });
  });
});

describe('cutOutput', () => {
  it('keeps what is short, and both ends of what is long', () => {
    expect(cutOutput('fine')).toBe('fine');
    expect(cutOutput('x'.repeat(4_024))).toBe('x'.repeat(4_024));
    const long = cutOutput(`begin${'x'.repeat(10_000)}end`);
    expect(long.length).toBeLessThanOrEqual(4_096);
    expect(long).toMatch(/^beginx+\n… 5984 characters left out …\nx+end$/);
  });

  it('is the same in pieces', () => {
    const text = Array.from({ length: 2_000 }, (_, index) => String(index)).join(' ');
    const capture = createCapture();
    for (let start = 0; start < text.length; start += 7) capture.add(text.slice(start, start + 7));
    expect(capture.text()).toBe(cutOutput(text));
  });
});
