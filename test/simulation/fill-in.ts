/** Puts IDs and times into what a script says by name: `wave:NAME`, `server:HOSTNAME`, `+120s`. */
import { startMs, type Night } from '../support/a-run.ts';

/** The IDs of a night by name, as they were when it began: people go on naming a source server that was deleted since. */
export interface KnownIDs {
  readonly waves: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, string>;
}

/** Looks them up. */
export function knownIDs(night: Pick<Night, 'account'>): KnownIDs {
  const { waves, sourceServers } = night.account();
  return {
    waves: new Map(waves.map(({ name = '', waveID = '' }) => [name, waveID])),
    servers: new Map(
      sourceServers.map(({ sourceProperties, sourceServerID = '' }) => [
        sourceProperties?.identificationHints?.hostname ?? '',
        sourceServerID,
      ]),
    ),
  };
}

/** The input with IDs and times in place of the names; everything else as it is. */
export function fillIn(input: unknown, known: KnownIDs): unknown {
  if (typeof input === 'string') return fillText(input, known);
  if (Array.isArray(input)) return input.map((item: unknown) => fillIn(item, known));
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, fillIn(value, known)]));
}

function fillText(text: string, { waves, servers }: KnownIDs): string {
  const [, kind, name = ''] = /^(wave|server):(.+)$/.exec(text) ?? [];
  if (kind !== undefined) return (kind === 'wave' ? waves : servers).get(name) ?? text;
  const seconds = /^\+(\d+)s$/.exec(text)?.[1];
  return seconds === undefined ? text : new Date(startMs + Number(seconds) * 1000).toISOString();
}
