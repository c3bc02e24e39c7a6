/**
 * MGN's times and durations as numbers. Timestamps are strings in two forms (`…Z` and `…+00:00`, with up to
 * microseconds), durations ISO 8601 (`mgn.md` A.1); neither may be compared as text.
 */

const timestampPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?<zone>Z|[+-]\d{2}:\d{2})?$/;

/**
 * Epoch milliseconds of an MGN timestamp; undefined when it is unset or unreadable. One without a zone is UTC, not the
 * reader's local time: the model allows 19 characters, which leaves no room for the `Z`.
 */
export function parseTimestamp(text: string | undefined): number | undefined {
  const found = text === undefined ? null : timestampPattern.exec(text);
  if (found === null) return undefined;
  const ms = Date.parse(found.groups?.['zone'] === undefined ? `${found[0]}Z` : found[0]);
  return Number.isNaN(ms) ? undefined : ms;
}

const durationPattern =
  /^P(?:(?<weeks>\d+)W)?(?:(?<days>\d+(?:\.\d+)?)D)?(?:T(?:(?<hours>\d+(?:\.\d+)?)H)?(?:(?<minutes>\d+(?:\.\d+)?)M)?(?:(?<seconds>\d+(?:\.\d+)?)S)?)?$/;

const unitMs = { weeks: 604_800_000, days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000 } as const;

/** Milliseconds of an ISO 8601 duration such as `P0D` or `PT16H20M38.697305S`; undefined when unset or unreadable. */
export function parseDuration(text: string | undefined): number | undefined {
  const groups = text === undefined ? undefined : durationPattern.exec(text)?.groups;
  const given = new Map<string, string | undefined>(Object.entries(groups ?? {}));
  const parts = Object.entries(unitMs).flatMap(([unit, ms]) => {
    const amount = given.get(unit);
    return amount === undefined ? [] : [Number(amount) * ms];
  });
  const total = Math.round(parts.reduce((sum, ms) => sum + ms, 0));
  return parts.length === 0 || !Number.isSafeInteger(total) ? undefined : total;
}
