/** Requests and answers as both doors see them, free of sockets and of the SDK. */

/** A request, with its path still percent-encoded and its query decoded. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  /** The `x-amz-target` header, by which services of a JSON protocol tell their operations apart. */
  readonly target?: string | undefined;
  /** The `authorization` header, whose credential scope names the Region. */
  readonly authorization?: string | undefined;
  /** The `x-amz-security-token` header: the session whose credentials signed the request. */
  readonly securityToken?: string | undefined;
}

/** An answer; header names are in lower case. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer whose body is JSON. */
export const jsonResponse = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});
