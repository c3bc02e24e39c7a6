/** Puts IDs and times into what a script says by name: `wave:NAME`, `server:HOSTNAME`, `+120s`. */
import { startMs, type Night } from '../support/a-run.ts';

/** The input with IDs and times in place of the names; everything else as it is. */
export function fillIn(input: unknown, night: Night): unknown {
  if (typeof input === 'string') return fillText(input, night);
  if (Array.isArray(input)) return input.map((item: unknown) => fillIn(item, night));
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, fillIn(value, night)]));
}

function fillText(text: string, night: Night): string {
  const [, kind, name] = /^(wave|server):(.+)$/.exec(text) ?? [];
  if (kind === 'wave') return night.account().waves.find((wave) => wave.name === name)?.waveID ?? text;
  if (kind === 'server') return night.idOf(name ?? '');
  const seconds = /^\+(\d+)s$/.exec(text)?.[1];
  return seconds === undefined ? text : new Date(startMs + Number(seconds) * 1000).toISOString();
}
