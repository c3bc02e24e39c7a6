/** The functions' settings, read from the environment once. The AWS SDK reads its own variables itself. */
import * as v from 'valibot';
import type { Tag } from '../domain/source-server.ts';
import { tagOf, TagTextSchema } from '../domain/tag-text.ts';

/** Schema of a tag as text, `key=value`, read into its key and its value. */
export const TagSchema = v.pipe(TagTextSchema, v.transform(tagOf));

const EnvironmentSchema = v.object({
  /** Name of the DynamoDB table that keeps the ledger. */
  LEDGER_TABLE_NAME: v.pipe(v.string(), v.nonEmpty()),
  /**
   * After how many days without a write an item of the ledger expires; never, where it is not set. The least is longer
   * than any execution, which lasts 20 days at most.
   */
  LEDGER_RETENTION_DAYS: v.optional(
    v.pipe(v.string(), v.regex(/^\d+$/, 'Expected a whole number of days'), v.transform(Number), v.minValue(30)),
  ),
  LOG_LEVEL: v.optional(v.picklist(['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT']), 'INFO'),
  /** The tag a source server has to carry before anything is started on it. */
  SOURCE_SERVER_TAG: v.optional(TagSchema),
});

/** What a function is told by its environment. */
export interface Environment {
  readonly ledgerTableName: string;
  /** In milliseconds; undefined where nothing of the ledger expires. */
  readonly ledgerRetentionMs: number | undefined;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';
  /** Undefined where every source server may be cut over. */
  readonly sourceServerTag: Tag | undefined;
}

const dayMs = 86_400_000;

/**
 * Reads the settings from `variables`.
 *
 * @throws ValiError when `LEDGER_TABLE_NAME` is missing, `LEDGER_RETENTION_DAYS` is no whole number of 30 or more,
 *   `LOG_LEVEL` is none of the known levels, or `SOURCE_SERVER_TAG` is no `key=value`.
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const settings = v.parse(EnvironmentSchema, variables);
  const retentionDays = settings.LEDGER_RETENTION_DAYS;
  return {
    ledgerTableName: settings.LEDGER_TABLE_NAME,
    ledgerRetentionMs: retentionDays === undefined ? undefined : retentionDays * dayMs,
    logLevel: settings.LOG_LEVEL,
    sourceServerTag: settings.SOURCE_SERVER_TAG,
  };
}
