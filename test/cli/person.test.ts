/** A person's name is for the record: nothing waits for it. */
import { STSClient } from '@aws-sdk/client-sts';
import { findPerson } from '../../cli/person.ts';

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

  it('is a name of this machine after four seconds, whatever the credentials hang on', async () => {
    answering(() => new Promise(() => undefined));
    jest.useFakeTimers();
    const found = findPerson(anywhere);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(await found).toMatch(/^.+@.+$/);
  });
});
