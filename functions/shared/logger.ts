/** The logger of every step: one line of JSON each, IDs and outcomes, never an event or an answer of MGN as a whole. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { LogLevel } from '@aws-lambda-powertools/logger/types';
import { shownText } from '../domain/shown-text.ts';

/** Most characters of one text in a line; an error may quote what is much longer. */
const textMax = 2_000;

/** A logger for the service; level `SILENT` says nothing. No text in its lines is long, or more than one line. */
export function createLogger(logLevel: LogLevel): Logger {
  const jsonReplacerFn = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? shownText(value, textMax) : value;
  return new Logger({ serviceName: 'mgn-cutover', logLevel, jsonReplacerFn });
}
