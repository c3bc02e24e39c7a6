/** The error of a request whose connection ends without an answer, shaped as the SDK's Node handler shapes it. */

/** How a connection ends without an answer. */
export type ConnectionLoss = 'reset' | 'timeout';

const codes = { reset: 'ECONNRESET', timeout: 'ETIMEDOUT' } as const;
const messages = { reset: 'read ECONNRESET', timeout: 'connect ETIMEDOUT' } as const;

/**
 * No answer came. The name is `TimeoutError` for both losses because the SDK's own handler names both so, and its retry
 * strategy looks at that name; `code` tells them apart.
 */
export class ConnectionLostError extends Error {
  override readonly name = 'TimeoutError';
  readonly code: (typeof codes)[ConnectionLoss];

  constructor(how: ConnectionLoss) {
    super(messages[how]);
    this.code = codes[how];
  }
}
