/**
 * AWS's Query protocol: a form is posted, XML comes back (EC2, CloudWatch). Sends, pages, reads, and tells the workflow's
 * errors apart. Reads only: every call may be repeated.
 */
import { AccessDeniedError, RequestRefusedError, TransientServiceError } from '../domain/errors.ts';
import { translateError } from '../mgn/translate-error.ts';
import { sendSigned, ServiceRequestError, type Sender, type ServiceRequest } from '../shared/signed-request.ts';
import { childAt, membersAt, parseXml, textAt, type XmlElement } from './xml.ts';

/** Where a service is and which version of its API is spoken. */
export interface QueryService {
  readonly sender: Sender;
  readonly service: ServiceRequest['service'];
  /** The API's version, such as 2016-11-15. */
  readonly version: string;
  readonly url: URL;
}

/** The fields of a form, beside `Action` and `Version`. */
export type Parameters = Readonly<Record<string, string>>;

/**
 * The answer's root element.
 *
 * @throws TransientServiceError, AccessDeniedError or RequestRefusedError, as `Ec2` in the domain says.
 */
export async function callQuery(api: QueryService, action: string, parameters: Parameters): Promise<XmlElement> {
  const form = new URLSearchParams({ Action: action, Version: api.version, ...parameters });
  const body = await sendRead(api.sender, action, {
    service: api.service,
    method: 'POST',
    url: api.url,
    contentType: 'application/x-www-form-urlencoded; charset=utf-8',
    body: form.toString(),
  });
  try {
    return parseXml(body);
  } catch (error) {
    throw new TransientServiceError(`${action}: the answer cannot be read`, { cause: error });
  }
}

/** Most pages of one list; what is longer never ends. */
const pagesMax = 1_000;

/**
 * The members of a list, page by page; an empty page with a token is legal, so only a missing token ends it. Pages that
 * go round in a circle or do not end are no answer.
 *
 * @param set - the list's element in the answer.
 */
export async function* listQuery(
  api: QueryService,
  action: string,
  parameters: Parameters,
  set: string,
): AsyncGenerator<readonly XmlElement[], void> {
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  do {
    const token: Parameters = nextToken === undefined ? {} : { NextToken: nextToken };
    const answer = await callQuery(api, action, { ...parameters, ...token });
    if (childAt(answer, set) === undefined) throw new TransientServiceError(`${action}: the answer holds no ${set}`);
    yield membersAt(answer, set);
    nextToken = textAt(answer, 'nextToken');
    if (nextToken !== undefined && (tokens.has(nextToken) || tokens.size === pagesMax))
      throw new TransientServiceError(`${action}: the pages of its answer do not end`);
    tokens.add(nextToken ?? '');
  } while (nextToken !== undefined);
}

/** Most characters of a member; the longest is a session's token. */
const textMax = 16_384;

/**
 * The text of a member, where it is there.
 *
 * @throws TransientServiceError when it is longer than any is, or holds control characters.
 */
export function optionalText(element: XmlElement, ...names: readonly string[]): string | undefined {
  const text = textAt(element, ...names);
  if (text !== undefined && (text.length > textMax || /\p{Cc}/u.test(text)))
    throw new TransientServiceError(`${names.join('/')} of the answer is none`);
  return text;
}

/**
 * The text of a member that has to be there.
 *
 * @throws TransientServiceError when it is not: then the answer is not the service's.
 */
export function requiredText(element: XmlElement, ...names: readonly string[]): string {
  const text = optionalText(element, ...names);
  if (text === undefined) throw new TransientServiceError(`the answer holds no ${names.join('/')}`);
  return text;
}

/**
 * A number that has to be there.
 *
 * @throws TransientServiceError when it is not, or is no number.
 */
export function requiredNumber(element: XmlElement, ...names: readonly string[]): number {
  const text = requiredText(element, ...names);
  const value = Number(text);
  if (!Number.isFinite(value) || !/^-?[\d.]+(e[-+]?\d+)?$/i.test(text))
    throw new TransientServiceError(`${names.join('/')} of the answer is no number`);
  return value;
}

/** Codes that say that the caller has no right or no valid credentials, whatever their status. */
const credentialCodes: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'OptInRequired',
  'PendingVerification',
  'RequestExpired',
  'UnrecognizedClientException',
]);

/**
 * Sends a read and answers with its body.
 *
 * @throws TransientServiceError, AccessDeniedError or RequestRefusedError, the original as its `cause`.
 */
export async function sendRead(sender: Sender, operation: string, request: ServiceRequest): Promise<string> {
  try {
    return await sendSigned(sender, request);
  } catch (error) {
    if (!(error instanceof ServiceRequestError)) throw translateError(error, operation, 'read');
    const message = `${operation}: ${error.message}`;
    const isDenied = error.status === 401 || error.status === 403 || credentialCodes.has(error.code ?? '');
    if (isDenied) throw new AccessDeniedError(message, { cause: error });
    if (error.mayPass) throw new TransientServiceError(message, { cause: error });
    throw new RequestRefusedError(message, { cause: error });
  }
}
