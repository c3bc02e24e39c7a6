/** Which rows there are to see, by what a person has chosen. */
import { applicationsOf, type Digest, type ServerEntry } from './board.ts';
import { longestNames, type Item, type LongestNames } from './rows.ts';
import { urgency, type Standing } from './style.ts';
import { phaseWord } from './alphabet.ts';
import type { ViewState } from './view-state.ts';

/** The rows, all of them, and what their columns need. */
export interface Listing {
  readonly items: readonly Item[];
  readonly isGrouped: boolean;
  readonly longest: LongestNames;
  /** How many source servers are behind these rows. */
  readonly shownServers: number;
}

/** Makes listings; while neither facts nor choice change it gives the same one again. */
export class Lister {
  #made: { readonly key: readonly unknown[]; readonly listing: Listing } | undefined;

  /** The rows; `room` is how many a terminal has at all: of more source servers than that, applications are listed. */
  list(digest: Digest, state: ViewState, room: number): Listing {
    const { filter, isFailuresOnly, isGrouped, open } = state;
    const key = [digest, filter, isFailuresOnly, isGrouped, open, room];
    if (this.#made?.key.every((part, index) => part === key[index]) === true) return this.#made.listing;
    const listing = makeListing(digest, state, room);
    this.#made = { key, listing };
    return listing;
  }
}

function makeListing(digest: Digest, state: ViewState, room: number): Listing {
  const { filter, isFailuresOnly, open } = state;
  const isWhole = filter === '' && !isFailuresOnly;
  const words = filter.toLowerCase();
  const servers = isWhole
    ? digest.servers
    : digest.servers.filter(
        (entry) => (!isFailuresOnly || isFailure(entry)) && (filter === '' || matches(entry, words)),
      );
  const waveCount = new Set(servers.map(({ wave }) => wave)).size;
  const isOverflowing = servers.length + (waveCount > 1 ? waveCount : 0) > room;
  const isGrouped = state.isGrouped ?? isOverflowing;
  const applications = isGrouped ? (isWhole ? digest.applications : applicationsOf(servers)) : [];
  const rows: Item[] = isGrouped
    ? mostUrgent(applications, ({ worst }) => worst.standing, isOverflowing).flatMap((application) => {
        const isOpen = open.has(application.key);
        const members = isOpen ? application.servers : [];
        return [
          { kind: 'application', application, isOpen } as const,
          ...members.map((entry) => ({ kind: 'server', entry, isNested: true }) as const),
        ];
      })
    : mostUrgent(servers, ({ standing }) => standing, isOverflowing).map(
        (entry) => ({ kind: 'server', entry, isNested: false }) as const,
      );
  const items = waveCount === 1 && rows.every((row) => waveOf(row) === '') ? rows : underWaves(rows);
  const longest = isGrouped ? longestOfApplications(applications) : longestNames(servers);
  return { items, isGrouped, longest, shownServers: servers.length };
}

/** Where not all fit, who needs a look comes first; otherwise everyone keeps the place that they have. */
function mostUrgent<Row>(rows: readonly Row[], standingOf: (row: Row) => Standing, isOverflowing: boolean): Row[] {
  if (!isOverflowing) return [...rows];
  const byStanding = Map.groupBy(rows, standingOf);
  return urgency.flatMap((standing) => byStanding.get(standing) ?? []);
}

function waveOf(item: Item): string {
  if (item.kind === 'wave') return item.name;
  return item.kind === 'application' ? item.application.wave : item.entry.wave;
}

/** Each wave's rows below its name. */
function underWaves(rows: readonly Item[]): Item[] {
  return [...Map.groupBy(rows, waveOf)].flatMap(([name, members]) => [{ kind: 'wave', name } as const, ...members]);
}

function longestOfApplications(applications: Digest['applications']): LongestNames {
  const names = applications.flatMap(({ servers }) => servers);
  const { name } = longestNames(names);
  const { application } = longestNames(names);
  return { name: Math.max(name, application + 6), application: 0 };
}

const failing: readonly Standing[] = ['person', 'bad', 'undone'];

function isFailure({ standing }: ServerEntry): boolean {
  return failing.includes(standing);
}

function matches({ record, wave, name, application }: ServerEntry, words: string): boolean {
  const { sourceServerID, applicationID = '', phase } = record;
  return [name, sourceServerID, application, applicationID, phase, phaseWord(phase), wave].some((text) =>
    text.toLowerCase().includes(words),
  );
}
