/** A message to people and programs, and where it is told. */
import type { ChannelName } from '../domain/run-notice-record.ts';
import type { Phase, ServerRecord } from '../domain/server-record.ts';
import type { NoticeDocument } from './notice-document.ts';
import type { Severity } from './notices-due.ts';

/** What is told: an e-mail, and the same for programs. */
export interface Message {
  /** ASCII, fewer than 100 characters: what SNS takes. */
  readonly subject: string;
  /** 80 columns; commands and links are on lines of their own. */
  readonly text: string;
  readonly document: NoticeDocument;
}

/** A way to tell people. */
export interface Channel {
  readonly name: ChannelName;
  /** Tells them; throws when they could not be told. */
  tell(message: Message): Promise<void>;
}

/** SNS wants fewer than 100 characters of ASCII. */
const subjectLengthMax = 99;

/** The subject, in which names may have characters that a subject may not. */
export function asSubject(severity: Severity, text: string): string {
  return `mgn-cutover ${severity}: ${text}`.replace(/[^\x20-\x7e]/g, '?').slice(0, subjectLengthMax);
}

/** How many source servers a message names at most. */
export const namedServersMax = 20;

type Counts = NonNullable<NoticeDocument['counts']>;
type CountName = Exclude<keyof Counts, 'total' | 'concerned'>;

const countOfPhase: Readonly<Record<Phase, CountName>> = {
  resolved: 'waiting',
  blocked: 'notStarted',
  ready: 'waiting',
  'terminating test instance': 'underWay',
  starting: 'underWay',
  snapshot: 'underWay',
  conversion: 'underWay',
  launch: 'underWay',
  'first boot': 'underWay',
  actions: 'underWay',
  verified: 'verified',
  finalized: 'finalized',
  failed: 'rollingBack',
  'rolling back': 'rollingBack',
  'rolled back': 'rolledBack',
  'not started': 'notStarted',
  'needs a person': 'needingAPerson',
};

/** How far the source servers are. */
export function countsOf(servers: readonly Pick<ServerRecord, 'phase'>[], concerned: number): Counts {
  const counts: Counts = {
    total: servers.length,
    concerned,
    waiting: 0,
    underWay: 0,
    verified: 0,
    finalized: 0,
    rollingBack: 0,
    rolledBack: 0,
    notStarted: 0,
    needingAPerson: 0,
  };
  for (const { phase } of servers) counts[countOfPhase[phase]] += 1;
  return counts;
}

const countWords: readonly (readonly [CountName, string])[] = [
  ['waiting', 'waiting'],
  ['underWay', 'under way'],
  ['verified', 'verified'],
  ['finalized', 'finalized'],
  ['rollingBack', 'rolling back'],
  ['rolledBack', 'rolled back'],
  ['notStarted', 'not started'],
  ['needingAPerson', 'needing a person'],
];

/** Such as `20 source servers: 18 verified, 2 rolling back.` */
export function countsSentence(counts: Counts): string {
  const parts = countWords.flatMap(([name, words]) => (counts[name] === 0 ? [] : [`${String(counts[name])} ${words}`]));
  return `${serversOf(counts.total)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`;
}

/** Such as `1 source server`. */
export function serversOf(count: number): string {
  return `${String(count)} source server${count === 1 ? '' : 's'}`;
}

/** The first of them for programs: IDs and codes only, because a reason's fact may quote a customer's machine. */
export function documentServers(servers: readonly ServerRecord[]): NoticeDocument['servers'] {
  return servers.slice(0, namedServersMax).map((record) => ({
    sourceServerID: record.sourceServerID,
    phase: record.phase,
    ...(record.verdict !== undefined && { verdict: record.verdict }),
    codes: codesOf(record),
  }));
}

/** The codes of what stands in the way of a source server, those of its rollback first. */
export function codesOf({ rollback, reasons }: Pick<ServerRecord, 'rollback' | 'reasons'>): string[] {
  return [...new Set([...(rollback?.problems ?? []), ...reasons].map(({ code }) => code))];
}
