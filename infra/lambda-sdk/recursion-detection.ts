/**
 * In place of `@aws-sdk/middleware-recursion-detection` in the bundles: neither MGN nor DynamoDB invokes a function, so no
 * chain of calls leads back to one.
 */

/** A plugin that adds nothing. */
export const getRecursionDetectionPlugin = () => ({ applyToStack: () => undefined });
