/** Counts what is sent to MGN, each retry of the SDK included, by operation. */
import type { MgnClients } from '../functions/mgn/mgn-adapter.ts';

/** Calls sent so far, by operation name. */
export type CallCounts = ReadonlyMap<string, number>;

/** Counts the calls of both clients from now on. */
export function countCalls({ reader, writer }: MgnClients): CallCounts {
  const counts = new Map<string, number>();
  for (const client of new Set([reader, writer])) {
    client.middlewareStack.add(
      (next, context) => (args) => {
        const operation = (context.commandName ?? 'unknown').replace(/Command$/, '');
        counts.set(operation, (counts.get(operation) ?? 0) + 1);
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
    );
  }
  return counts;
}
