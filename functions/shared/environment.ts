/** The functions' settings, read from the environment once. The AWS SDK reads its own variables itself. */
import * as v from 'valibot';

const EnvironmentSchema = v.object({
  /** Name of the DynamoDB table that keeps the ledger. */
  LEDGER_TABLE_NAME: v.pipe(v.string(), v.nonEmpty()),
  LOG_LEVEL: v.optional(v.picklist(['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT']), 'INFO'),
});

/** What a function is told by its environment. */
export interface Environment {
  readonly ledgerTableName: string;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';
}

/**
 * Reads the settings from `variables`.
 *
 * @throws ValiError when `LEDGER_TABLE_NAME` is missing or `LOG_LEVEL` is none of the known levels.
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const { LEDGER_TABLE_NAME, LOG_LEVEL } = v.parse(EnvironmentSchema, variables);
  return { ledgerTableName: LEDGER_TABLE_NAME, logLevel: LOG_LEVEL };
}
