/** What reports of ended executions have in common: parts that may fail one by one, and how times are written in them. */
import type { StepDeps } from '../shared/step.ts';
import { shortened } from './ended-execution.ts';
import type { Channel, Message } from './message.ts';
import type { Reporter } from './reporter.ts';

/** What the function needs of the world. */
export interface ReportDeps extends StepDeps {
  readonly reporter: Reporter;
}

/** A part of the report could not be made; the message says which, and delivering the event again makes up for it. */
export class ReportIncompleteError extends Error {
  override readonly name = 'ReportIncompleteError';
}

/** Tries a part; what failed is undefined and noted in words. */
export interface Parts {
  attempt<Part>(failure: string, make: () => Promise<Part>): Promise<Part | undefined>;
  readonly failures: readonly string[];
}

/** The parts of one report. */
export function partsOf({ logger }: Pick<ReportDeps, 'logger'>): Parts {
  const failures: string[] = [];
  return {
    failures,
    async attempt(failure, make) {
      try {
        return await make();
      } catch (error) {
        const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        logger.error(failure, { errorMessage: words });
        failures.push(`${failure} (${shortened(words)})`);
        return undefined;
      }
    },
  };
}

const untoldBy: Readonly<Record<Channel['name'], string>> = {
  TOPIC: 'people could not be told',
  WEBHOOK: 'the chat could not be told',
};

/** The channels by which people were told before; a record without them is of a time when there was the topic only. */
export function channelsOf(told: { readonly channels?: readonly string[] | undefined } | undefined): readonly string[] {
  return told === undefined ? [] : (told.channels ?? ['TOPIC']);
}

/** Tells by each channel, none of which waits for another or fails with it; answers with those that took it. */
export async function tellBy(channels: readonly Channel[], parts: Parts, message: Message): Promise<string[]> {
  const telling = channels.map((channel) =>
    parts.attempt(untoldBy[channel.name], async () => {
      await channel.tell(message);
      return channel.name;
    }),
  );
  return (await Promise.all(telling)).filter((name) => name !== undefined);
}

/** The time (epoch milliseconds) as ISO 8601 in UTC. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** ISO 8601 without the characters that file names cannot have everywhere, such as "20260307T221405Z". */
export function inFileName(epochMs: number): string {
  return iso(epochMs).replace(/[-:]|\.\d+/g, '');
}
