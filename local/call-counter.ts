/** Counts what is sent to MGN, each retry of the SDK included, by operation. */
import type { TargetServices } from '../functions/accounts/target-services.ts';

/** Calls sent so far, by operation name. */
export type CallCounts = ReadonlyMap<string, number>;

/** Counts the calls to MGN of every target from now on; whoever counted them before counts no more. */
export function countCalls(services: Pick<TargetServices, 'watchClients'>): CallCounts {
  const counts = new Map<string, number>();
  services.watchClients(({ reader, writer }) => {
    for (const client of new Set([reader, writer])) {
      client.middlewareStack.add(
        (next, context) => (args) => {
          const operation = (context.commandName ?? 'unknown').replace(/Command$/, '');
          counts.set(operation, (counts.get(operation) ?? 0) + 1);
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low', name: 'countCalls', override: true },
      );
    }
  });
  return counts;
}
