/** Durations as a row of bars that fits a line, with its ends in words. */

const bars = '▁▂▃▄▅▆▇█';
const binsMax = 12;

/** Such as `both, night by night: 38 min ▂█▅▁ 92 min`; each bar counts the nights of one slice of time. */
export function histogram(seconds: readonly number[]): string {
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  const bins = Math.min(binsMax, seconds.length);
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of seconds) {
    const bin = most === least ? 0 : Math.min(bins - 1, Math.floor((bins * (value - least)) / (most - least)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const highest = Math.max(...counts);
  const drawn = counts.map((count) =>
    count === 0 ? ' ' : bars.charAt(Math.ceil((count / highest) * bars.length) - 1),
  );
  const minutes = (value: number) => `${String(Math.ceil(value / 60))} min`;
  return `both, over the nights: ${minutes(least)} |${drawn.join('')}| ${minutes(most)}`;
}
