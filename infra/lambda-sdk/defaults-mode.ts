/**
 * In place of `@smithy/util-defaults-mode-node` in the bundles: the mode that a client is in which is told none, as these
 * are. To find another one the original brings along what asks an EC2 instance for its region.
 */

/** Finds the mode. */
export const resolveDefaultsModeConfig = () => () => Promise.resolve('legacy' as const);
