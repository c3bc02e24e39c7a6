/**
 * In place of `@aws-sdk/middleware-logger` in the bundles: given a logger it writes down every request and answer as a whole,
 * which no function may do, so no client is given one.
 */

/** A plugin that adds nothing. */
export const getLoggerPlugin = () => ({ applyToStack: () => undefined });
