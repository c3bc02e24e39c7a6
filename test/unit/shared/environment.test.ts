import { readEnvironment } from '../../../functions/shared/environment.ts';

describe('readEnvironment', () => {
  it('reads the settings, with a level of INFO where none is set', () => {
    expect(readEnvironment({ LEDGER_TABLE_NAME: 'ledger', OTHER: 'x' })).toEqual({
      ledgerTableName: 'ledger',
      logLevel: 'INFO',
    });
    expect(readEnvironment({ LEDGER_TABLE_NAME: 'ledger', LOG_LEVEL: 'DEBUG' }).logLevel).toBe('DEBUG');
  });

  it.each([
    ['mgn-cutover=allowed', { key: 'mgn-cutover', value: 'allowed' }],
    ['team:wave=night 1=b', { key: 'team:wave', value: 'night 1=b' }],
    ['cutover=', { key: 'cutover', value: '' }],
  ])('reads the tag %s of source servers', (SOURCE_SERVER_TAG, sourceServerTag) => {
    expect(readEnvironment({ LEDGER_TABLE_NAME: 'ledger', SOURCE_SERVER_TAG }).sourceServerTag).toEqual(
      sourceServerTag,
    );
  });

  it.each(['', 'mgn-cutover', '=allowed', "mgn-cutover='allowed'"])(
    'refuses %j as a tag: a rule that could never hold must not pass for one that is off',
    (SOURCE_SERVER_TAG) => {
      expect(() => readEnvironment({ LEDGER_TABLE_NAME: 'ledger', SOURCE_SERVER_TAG })).toThrow();
    },
  );

  it('reads for how many days the ledger keeps what nobody touches, and keeps it for ever where it is not told', () => {
    const { ledgerRetentionMs } = readEnvironment({ LEDGER_TABLE_NAME: 'ledger', LEDGER_RETENTION_DAYS: '400' });

    expect(ledgerRetentionMs).toBe(400 * 24 * 3_600_000);
    expect(readEnvironment({ LEDGER_TABLE_NAME: 'ledger' }).ledgerRetentionMs).toBeUndefined();
  });

  it.each(['29', '0', '-400', '40.5', '1e3', 'never', ''])(
    'refuses to keep the ledger for %j days: an open run must not vanish',
    (LEDGER_RETENTION_DAYS) => {
      expect(() => readEnvironment({ LEDGER_TABLE_NAME: 'ledger', LEDGER_RETENTION_DAYS })).toThrow();
    },
  );

  it.each([{}, { LEDGER_TABLE_NAME: '' }, { LEDGER_TABLE_NAME: 'ledger', LOG_LEVEL: 'LOUD' }])(
    'refuses an environment that names no table or an unknown level: %j',
    (variables) => {
      expect(() => readEnvironment(variables)).toThrow();
    },
  );
});
