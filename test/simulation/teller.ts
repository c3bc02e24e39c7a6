/** Tells what happens in a night, a line for each thing a person would ask about. */
import type { HistoryEvent } from '../../local/history.ts';
import { startMs, type Walk, type Write } from '../support/a-run.ts';

/** Something that happened. */
export interface Told {
  /** Seconds after the night began. */
  readonly atSeconds: number;
  readonly kind: 'act' | 'state' | 'call' | 'fault' | 'end' | 'breach' | 'calm';
  /** The execution it is of; empty where it is of none. */
  readonly execution: string;
  readonly text: string;
}

/** Tells. */
export interface Teller {
  tell(kind: Told['kind'], execution: string, text: string): void;
  event(event: HistoryEvent, execution: string): void;
  call(write: Write): void;
  end(walk: Walk, execution: string): void;
}

/** A teller by that clock (epoch milliseconds); without a hearer it says nothing, at no cost. */
export function createTeller(now: () => number, hear: ((told: Told) => void) | undefined): Teller {
  const tell: Teller['tell'] = (kind, execution, text) => {
    hear?.({ atSeconds: Math.round((now() - startMs) / 100) / 10, kind, execution, text });
  };
  return {
    tell,
    event: (event, execution) => {
      if (hear === undefined) return;
      const text = eventText(event);
      if (text !== undefined) tell('state', execution, text);
    },
    call: (write) => {
      if (hear === undefined) return;
      const states = write.servers.map(({ lifeCycle }) => lifeCycle?.state ?? '?');
      const servers = write.sourceServerIDs.map((id, index) => `${id} (${states[index] ?? 'unknown'})`).join(', ');
      tell('call', write.by ?? '', `${write.operation} ${servers}: ${write.error ?? 'answered'}`);
    },
    end: ({ result }, execution) => {
      if (hear === undefined) return;
      const words = result.status === 'SUCCEEDED' ? '' : ` ${result.error ?? ''} ${result.cause ?? ''}`;
      tell('end', execution, `${result.status}${words.slice(0, 300)}`);
    },
  };
}

function eventText(event: HistoryEvent): string | undefined {
  if (!('stateName' in event)) return undefined;
  const place = `${event.machine}/${event.stateName}`;
  if (event.type === 'TaskStateEntered') return place;
  if (event.type === 'LambdaFunctionFailed' || event.type === 'LambdaFunctionTimedOut')
    return `${place} attempt ${String(event.attempt)} fails: ${event.error ?? ''} ${(event.cause ?? '').slice(0, 200)}`;
  return undefined;
}
