/** A person's name is for the record: nothing waits for it. */
import { STSClient } from '@aws-sdk/client-sts';
import * as v from 'valibot';
import { findPerson } from '../../cli/person.ts';
import { PersonSchema } from '../../functions/shared/person.ts';

const answering = (answer: () => unknown) => jest.spyOn(STSClient.prototype, 'send').mockImplementation(answer);
const anywhere = { region: 'eu-central-1', isSimulated: false, env: {} };

describe('findPerson', () => {
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('is the identity that STS names', async () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/operator/ann';
    answering(() => Promise.resolve({ Arn: arn }));
    expect(await findPerson(anywhere)).toBe(arn);
  });

  it.each([
    ['nothing', '', /^.+@.+$/],
    ['a user of a long path', `arn:aws:iam::123456789012:user/${'division/'.repeat(50)}ann`, /^arn:aws:iam:.{244}$/],
  ])('is never what the state machines refuse, though STS names %s', async (_what, arn, expected) => {
    answering(() => Promise.resolve({ Arn: arn }));
    const found = await findPerson(anywhere);
    expect(found).toMatch(expected);
    expect(v.is(PersonSchema, found)).toBe(true);
  });

  it('is a name of this machine after four seconds, whatever the credentials hang on', async () => {
    answering(() => new Promise(() => undefined));
    jest.useFakeTimers();
    const found = findPerson(anywhere);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(await found).toMatch(/^.+@.+$/);
  });
});
