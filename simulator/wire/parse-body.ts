/** Reading a request's JSON body. */
import { MgnException } from '../exceptions.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that are null count as left out, as in every REST-JSON service. */
const withoutNulls = (_key: string, value: unknown): unknown => (value === null ? undefined : value);

/**
 * The members of a body. InitializeService and the GET and DELETE calls send none (`mgn.md` A.1).
 *
 * @throws MgnException ValidationException with `reason` cannotParse when the body is not one JSON object.
 */
export const parseBody = (body: string): Record<string, unknown> => {
  if (body === '') return {};
  let parsed: unknown;
  try {
    parsed = body.includes('null') ? JSON.parse(body, withoutNulls) : JSON.parse(body);
  } catch {
    parsed = undefined;
  }
  if (isRecord(parsed)) return parsed;
  throw new MgnException('ValidationException', 'The request body is not a JSON object', { reason: 'cannotParse' });
};
