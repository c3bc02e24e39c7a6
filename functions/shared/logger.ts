/** The logger of every step: one line of JSON each, IDs and outcomes, never an event or an answer of MGN as a whole. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { LogLevel } from '@aws-lambda-powertools/logger/types';

/** A logger for the service; level `SILENT` says nothing. */
export function createLogger(logLevel: LogLevel): Logger {
  return new Logger({ serviceName: 'mgn-cutover', logLevel });
}
