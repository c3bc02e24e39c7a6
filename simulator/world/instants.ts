/** Moments and durations as the wire carries them (`mgn.md` A.1). */
import type { World } from './world.ts';

/** The one date that shows every moment: making one is what costs, above all where the clock is a virtual one. */
const shown = new Date(0);

/**
 * A moment (epoch milliseconds) as a timestamp: `2022-08-31T17:10:13.411000+00:00` as captured, the fraction left out
 * when it is zero, or `2022-08-31T17:10:13.411Z` by the switch `timestamps`.
 */
export const formatInstant = (world: World, ms: number): string => {
  shown.setTime(ms);
  const iso = shown.toISOString();
  if (world.switches.timestamps === 'z') return iso;
  const fraction = iso.slice(20, 23);
  return `${iso.slice(0, 19)}${fraction === '000' ? '' : `.${fraction}000`}+00:00`;
};

/** A duration in milliseconds as ISO 8601; none at all is `P0D`, as captured for a lag of zero. */
export const formatDuration = (ms: number): string => {
  const whole = Math.round(ms);
  if (whole <= 0) return 'P0D';
  const days = Math.floor(whole / 86_400_000);
  const hours = Math.floor(whole / 3_600_000) % 24;
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = (whole % 60_000) / 1000;
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
};
