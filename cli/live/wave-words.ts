/** How far the waves of a migration are, in words; each change is told once. */
import type { WaveRecord } from '../../functions/domain/migration-record.ts';

/** A wave in a sentence; undefined while there is nothing to tell of it. */
export function waveSentence({
  name,
  runID,
  state,
  outcome,
  summary = '',
  sourceServerCount,
}: WaveRecord): string | undefined {
  switch (state) {
    case 'WAITING':
      return undefined;
    case 'RUNNING':
      return `wave ${name}: started as run ${runID}, ${serverCount(sourceServerCount)}`;
    case 'SKIPPED':
      return `wave ${name}: ${summary}`;
    case 'ENDED':
      return `wave ${name}: ${outcome?.replaceAll('_', ' ') ?? ''}: ${summary}`;
  }
}

/** Such as `12 source servers`. */
export function serverCount(count: number): string {
  return `${String(count)} source server${count === 1 ? '' : 's'}`;
}

/** Gives those of the waves that have come on since they were last given; those that have ended go first. */
export function wavesThatCameOn(): (records: readonly WaveRecord[]) => WaveRecord[] {
  const told = new Map<string, string>();
  return (records) =>
    [
      ...records.filter(({ endedAt }) => endedAt !== undefined),
      ...records.filter(({ endedAt }) => endedAt === undefined),
    ].filter((record) => {
      const sentence = waveSentence(record);
      const isNews = sentence !== undefined && told.get(record.name) !== sentence;
      if (sentence !== undefined) told.set(record.name, sentence);
      return isNews;
    });
}
