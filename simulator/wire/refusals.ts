/** Refusals on the wire (`mgn.md` A.7): the error type is always in a header, because bodies may hold a modelled `code`. */
import { exceptionStatus, MgnException } from '../exceptions.ts';
import type { ExceptionName } from '../exceptions.ts';
import { shownText } from '../shown-text.ts';
import { jsonResponse } from './http-message.ts';
import type { WireResponse } from './http-message.ts';

/** Exceptions whose body has no `code` member. */
const withoutCode: ReadonlySet<ExceptionName> = new Set(['ThrottlingException', 'InternalServerException']);

/** An error answer with its type in `x-amzn-ErrorType`. */
export const errorResponse = (
  status: number,
  errorType: string,
  members: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): WireResponse => jsonResponse(status, members, { 'x-amzn-errortype': errorType, ...headers });

/** The answer a modelled exception makes. */
export const refusal = (exception: MgnException, headers: Readonly<Record<string, string>> = {}): WireResponse => {
  const code = withoutCode.has(exception.name) ? {} : { code: exception.name };
  const body = { ...code, message: exception.message, ...exception.members };
  return errorResponse(exceptionStatus[exception.name], exception.name, body, headers);
};

/** The answer to a method and path that name no operation of the service. */
export const unknownOperation = (method: string, path: string): WireResponse =>
  errorResponse(404, 'UnknownOperationException', {
    message: `The service has no operation at ${method} ${shownText(path)}.`,
  });

/** The answer to an operation of the service that the simulator does not model. */
export const unmodelledOperation = (operation: string): WireResponse =>
  errorResponse(501, 'NotImplementedException', {
    message: `The MGN simulator does not model ${shownText(operation)}.`,
  });

const htmlBody = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/**
 * A failure on the service's side: 500 as the modelled InternalServerException, 502 as a gateway's HTML page, which the
 * SDK cannot parse (`mgn.md` A.7), 503 with no body.
 */
export const serverErrorResponse = (status: 500 | 502 | 503): WireResponse => {
  switch (status) {
    case 500:
      return refusal(new MgnException('InternalServerException', 'An internal error occurred'), { 'retry-after': '1' });
    case 502:
      return { status, headers: { 'content-type': 'text/html' }, body: htmlBody };
    case 503:
      return { status, headers: {}, body: '' };
  }
};
