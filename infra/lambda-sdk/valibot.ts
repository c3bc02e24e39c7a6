/**
 * In place of `valibot` in the bundles: without the descriptions, which are for the published schemas and which no function
 * ever tells. esbuild leaves out what is given to a function without a body, and so the texts.
 */
import * as original from '../../node_modules/valibot/dist/index.mjs';

export * from '../../node_modules/valibot/dist/index.mjs';

/** Describes nothing. */
export function description(): void {}

/** Pipes what there is to pipe. */
export const pipe = (...items: readonly unknown[]): unknown =>
  Reflect.apply(
    original.pipe,
    undefined,
    items.filter((item) => item !== undefined),
  );
