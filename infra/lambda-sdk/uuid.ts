/** In place of `uuid` in the bundles: Node makes such IDs itself. */
import { randomUUID } from 'node:crypto';

/** A random ID, as the SDK's clients give to a request and its repetitions. */
export const v4 = (): string => randomUUID();
