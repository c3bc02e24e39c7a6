import { readEnvironment } from '../../../functions/shared/environment.ts';

describe('readEnvironment', () => {
  it('reads the settings, with a level of INFO where none is set', () => {
    expect(readEnvironment({ LEDGER_TABLE_NAME: 'ledger', OTHER: 'x' })).toEqual({
      ledgerTableName: 'ledger',
      logLevel: 'INFO',
    });
    expect(readEnvironment({ LEDGER_TABLE_NAME: 'ledger', LOG_LEVEL: 'DEBUG' }).logLevel).toBe('DEBUG');
  });

  it.each([{}, { LEDGER_TABLE_NAME: '' }, { LEDGER_TABLE_NAME: 'ledger', LOG_LEVEL: 'LOUD' }])(
    'refuses an environment that names no table or an unknown level: %j',
    (variables) => {
      expect(() => readEnvironment(variables)).toThrow();
    },
  );
});
