import { ConflictException } from '@aws-sdk/client-mgn';
import { ConflictError } from '../../../functions/domain/errors.ts';
import { createMgn } from '../../../functions/mgn/mgn-adapter.ts';
import { translateError } from '../../../functions/mgn/translate-error.ts';
import { simulatedAccount } from '../../simulator/simulated-account.ts';
import { sourceServerID } from '../../support/domain-builders.ts';
import { failureOf, scriptedMgn } from '../../support/scripted-mgn.ts';

const id = sourceServerID(1);

/** What a read and a write of the adapter throw while this fault strikes every call. */
const thrownBy = async (fault: Record<string, unknown>) => {
  const { client } = simulatedAccount({
    servers: [{ hostname: 'web-1', sourceServerID: id }],
    faults: [{ operation: '*', ...fault }],
  });
  const mgn = createMgn({ reader: client, writer: client }, {});
  return {
    read: await failureOf(mgn.describeSourceServers({ sourceServerIDs: [id], isArchived: false })),
    write: await failureOf(mgn.startCutover([id], {})),
  };
};

describe('an exception of the service, through the SDK', () => {
  it.each([
    ['UninitializedAccountException', 'AccountNotInitializedError'],
    ['ValidationException', 'RequestRefusedError'],
    ['AccessDeniedException', 'AccessDeniedError'],
    ['ResourceNotFoundException', 'NotFoundError'],
    ['ConflictException', 'ConflictError'],
    ['ServiceQuotaExceededException', 'QuotaExceededError'],
  ])('%s is %s for reads and writes alike', async (exception, name) => {
    const { read, write } = await thrownBy({ fault: 'refuse', exception, message: 'in MGN’s words' });
    expect(read).toMatchObject({ name, cause: { name: exception } });
    expect(write).toMatchObject({
      name,
      message: expect.stringContaining(`StartCutover: ${exception}: in MGN’s words`),
    });
  });

  it.each([
    ['throttled', { fault: 'throttle' }, 'TransientServiceError', 'ThrottledError'],
    [
      '500 InternalServerException',
      { fault: 'serverError', status: 500 },
      'TransientServiceError',
      'OutcomeUnknownError',
    ],
    [
      '502 with a page of HTML (a SyntaxError)',
      { fault: 'serverError', status: 502 },
      'TransientServiceError',
      'OutcomeUnknownError',
    ],
    ['503 without a body', { fault: 'serverError', status: 503 }, 'TransientServiceError', 'OutcomeUnknownError'],
    ['a connection reset', { fault: 'reset' }, 'TransientServiceError', 'OutcomeUnknownError'],
    [
      'an answer lost in a time-out',
      { fault: 'lostAnswer', ending: 'timeout' },
      'TransientServiceError',
      'OutcomeUnknownError',
    ],
    [
      'an answer lost in a 500',
      { fault: 'lostAnswer', ending: 'serverError' },
      'TransientServiceError',
      'OutcomeUnknownError',
    ],
  ])('%s', async (_what, fault, readName, writeName) => {
    const { read, write } = await thrownBy(fault);
    expect([read, write]).toMatchObject([{ name: readName }, { name: writeName }]);
  });

  it('says how to go on where MGN was never set up', async () => {
    const { read } = await thrownBy({ fault: 'refuse', exception: 'UninitializedAccountException' });
    expect(read).toMatchObject({ message: expect.stringContaining('Initialize MGN in this account and region first') });
  });

  it('names the servers to blame where a conflict does', async () => {
    const members = { resourceId: sourceServerID(1), errors: [{ resourceId: sourceServerID(2) }, { code: 'no id' }] };
    const { write } = await thrownBy({ fault: 'refuse', exception: 'ConflictException', members });
    expect(write).toBeInstanceOf(ConflictError);
    expect(write).toMatchObject({ resourceIDs: [sourceServerID(1), sourceServerID(2)] });
  });

  it('is not trusted when its type is missing and only a code came', async () => {
    const refusal = { status: 400, body: { code: 'SomethingElse', message: 'no' } };
    const { mgn } = scriptedMgn([refusal, refusal]);
    expect(await failureOf(mgn.startCutover([id], {}))).toHaveProperty('name', 'OutcomeUnknownError');
    expect(await failureOf(mgn.describeJobsSince(0))).toHaveProperty('name', 'TransientServiceError');
  });
});

describe('translateError', () => {
  const named = (name: string, fields: Record<string, unknown> = {}) =>
    Object.assign(new Error('what it says'), { name, ...fields });
  const withStatus = (httpStatusCode: unknown) => named('Unknown', { $metadata: { httpStatusCode } });
  const names = (error: unknown) => [
    translateError(error, 'DescribeJobs', 'read').name,
    translateError(error, 'StartCutover', 'write').name,
  ];

  it.each([
    'ThrottlingException',
    'Throttling',
    'ThrottledException',
    'TooManyRequestsException',
    'RequestThrottled',
    'RequestThrottledException',
    'EC2ThrottledException',
    'RequestLimitExceeded',
    'SlowDown',
  ])('%s means that a write did not happen', (name) => {
    expect(names(named(name, { $metadata: { httpStatusCode: 400 } }))).toEqual([
      'TransientServiceError',
      'ThrottledError',
    ]);
  });

  it.each([
    'AccessDeniedException',
    'AccessDenied',
    'CredentialsProviderError',
    'TokenProviderError',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'ExpiredToken',
    'ExpiredTokenException',
    'MissingAuthenticationToken',
    'OptInRequired',
  ])('%s is a matter of access, never worth a retry', (name) => {
    expect(names(named(name))).toEqual(['AccessDeniedError', 'AccessDeniedError']);
  });

  it.each([
    [429, ['TransientServiceError', 'ThrottledError']],
    [403, ['AccessDeniedError', 'AccessDeniedError']],
    [400, ['TransientServiceError', 'OutcomeUnknownError']],
    [500, ['TransientServiceError', 'OutcomeUnknownError']],
    [504, ['TransientServiceError', 'OutcomeUnknownError']],
    [undefined, ['TransientServiceError', 'OutcomeUnknownError']],
    ['429', ['TransientServiceError', 'OutcomeUnknownError']],
  ])('an unknown name with status %p', (status, expected) => {
    expect(names(withStatus(status))).toEqual(expected);
  });

  it.each([
    ['a broken body', new SyntaxError('Unexpected token <')],
    ['a socket error', named('Error', { code: 'ECONNRESET' })],
    ['a time-out', named('TimeoutError')],
    ['a name that was not resolved', named('Error', { code: 'ENOTFOUND' })],
    ['an abort', named('AbortError')],
    ['a string', 'boom'],
    ['nothing', undefined],
    ['metadata that is none', named('Unknown', { $metadata: null })],
  ])('%s is transient for a read and of unknown outcome for a write', (_what, error) => {
    expect(names(error)).toEqual(['TransientServiceError', 'OutcomeUnknownError']);
  });

  it('keeps the operation, the original name, its words and the original itself', () => {
    const original = named('TimeoutError');
    expect(translateError(original, 'StartCutover', 'write')).toMatchObject({
      message: 'StartCutover: TimeoutError: what it says',
      cause: original,
    });
  });

  it('says which header could not be sent, and blames no answer', () => {
    const message = 'Invalid character in header content ["x-amz-security-token"]';
    const original = Object.assign(new TypeError(message), { code: 'ERR_INVALID_CHAR' });
    expect(translateError(original, 'DescribeJobs', 'read').message).toBe(`DescribeJobs: ${message}`);
  });

  it('says so when the service said nothing', () => {
    const silent = Object.assign(new Error(''), { name: 'AccessDeniedException' });
    expect(translateError(silent, 'StartCutover', 'write').message).toBe(
      'StartCutover: AccessDeniedException: no further message',
    );
  });

  it('reads the resources of the SDK’s own conflict only', () => {
    const typed = new ConflictException({ message: 'held', $metadata: {}, resourceId: 's-1' });
    expect(translateError(typed, 'StartCutover', 'write')).toMatchObject({ resourceIDs: ['s-1'] });
    const untyped = named('ConflictException', { resourceId: 's-1' });
    expect(translateError(untyped, 'StartCutover', 'write')).toMatchObject({ name: 'ConflictError', resourceIDs: [] });
  });
});
