/** A rehearsal as a JSON document, for `--json` and `--output`: the same seed and the same fleet give the same bytes. */
import { misfortuneOdds, type MisfortuneLevel } from './misfortune.ts';
import type { ReadCall } from './read-calls.ts';
import type { PlannedRun } from './subject.ts';
import { exitCodeOfRehearsal, lastSafeStartOf, type Rehearsal } from './rehearsal.ts';

/** What the document says beside the rehearsal itself. */
export interface DocumentHeading {
  readonly place: string;
  readonly faults: MisfortuneLevel;
  readonly firstSeed: number;
  /** The calls by which it was read; none where it was not. */
  readonly reads: readonly ReadCall[];
}

/** The document. Durations are in seconds, times ISO 8601 in UTC. */
export function rehearsalDocument(rehearsal: Rehearsal, heading: DocumentHeading) {
  const { subject, window, startMs, notes, obstacles, clean, nights, figures, asked } = rehearsal;
  const { faults } = heading;
  return {
    exitCode: exitCodeOfRehearsal(rehearsal),
    run: subject.name,
    place: heading.place,
    isCaptured: subject.isCaptured,
    describes: iso(subject.atMs),
    reads: heading.reads.map(({ action }) => action),
    startsAt: iso(startMs),
    window: window && { opensAt: iso(window.opensAt), closesAt: iso(window.closesAt), zone: window.zone },
    plans: subject.runs.map(planPart),
    obstacles,
    isEstimate: true,
    faults,
    odds: oddsOf(faults),
    firstSeed: heading.firstSeed,
    seeds: { asked, played: nights.length },
    figures,
    lastSafeStartAt: isoIfAny(lastSafeStartOf(rehearsal)),
    clean: clean?.night,
    nights,
    notes: [...subject.notes, ...notes],
  };
}

function planPart({ wave, runID, plan: { decision, reasons, expected, lastSafeStartAt, report } }: PlannedRun) {
  const blocked = report.servers.filter(({ verdict }) => verdict === 'BLOCKED');
  return {
    wave,
    runID,
    decision,
    reasons,
    expected,
    lastSafeStartAt: isoIfAny(lastSafeStartAt),
    servers: report.servers.length,
    blocked: blocked.map(({ sourceServerID, hostname, applicationName, reasons: why }) => ({
      sourceServerID,
      hostname,
      applicationName,
      reasons: why,
    })),
  };
}

function oddsOf(level: MisfortuneLevel) {
  if (level === 'none') return [];
  return Object.entries(misfortuneOdds).map(([misfortune, { per, what, ...chances }]) => ({
    misfortune,
    chance: chances[level],
    per,
    what,
  }));
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function isoIfAny(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : iso(epochMs);
}
