/** Reading what MGN shows of a source server at this moment, as the caller; nothing is changed, and little is asked. */
import type { TargetServices } from '../../functions/accounts/target-services.ts';
import { RoleNotAssumedError } from '../../functions/accounts/credential-errors.ts';
import type { Mgn, MgnTarget } from '../../functions/domain/ports.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';
import { targetOf } from '../../functions/domain/target.ts';
import { answeredWithin } from '../answered-within.ts';
import { messageOf } from '../exit-code.ts';
import { explainServiceError } from '../service-errors.ts';
import type { Session } from '../world.ts';
import { presentFacts, type PresentFact } from './drift.ts';

/** What MGN shows now, or why nobody knows. */
export type MgnNow =
  | { readonly isRead: false; readonly why: string }
  | {
      readonly isRead: true;
      readonly readAt: string;
      readonly region: string;
      readonly facts: readonly PresentFact[];
      /** How many of the facts differ from what the run saw. */
      readonly differences: number;
      /** What could not be read, a sentence each. */
      readonly gaps: readonly string[];
    };

/** What is read of MGN, and who reads it. */
export interface MgnReading {
  readonly services: Pick<TargetServices, 'mgn'>;
  readonly time: Session['time'];
  readonly run: RunRecord;
  readonly record: ServerRecord;
  /** The run's own jobs. */
  readonly jobIDs: ReadonlySet<string>;
  /** Where the services are when they are not AWS's own. */
  readonly endpoint?: string | undefined;
}

/** A person waits for the answer. */
const readMsMax = 15_000;

/** The region in an ARN; undefined where it names none. */
export function regionOfArn(arn: string): string | undefined {
  const region = arn.split(':')[3] ?? '';
  return region === '' ? undefined : region;
}

/** Reads MGN where the run works and as the role it works through; never throws. */
export async function readMgnNow(reading: MgnReading): Promise<MgnNow> {
  const { services, time, run, record } = reading;
  const target: MgnTarget = { ...targetOf(run), region: run.input.region ?? regionOfArn(record.arn) };
  const region = target.region ?? 'the caller’s region';
  const mgn = services.mgn(target);
  const read = <Answer>(work: Promise<Answer>) => time.track(answeredWithin(readMsMax, work));
  try {
    const server = await read(describeServer(mgn, record));
    if (server === undefined) {
      const why = `MGN in ${region} shows no source server ${record.sourceServerID} to this caller: it is gone, or of another account`;
      return { isRead: false, why };
    }
    return await readOn({ ...reading, mgn, region }, server, read);
  } catch (error) {
    return { isRead: false, why: whyNot(error, region, reading.endpoint) };
  }
}

/** An archived source server shows only to those who ask for archived ones (`mgn.md` B). */
async function describeServer(
  mgn: Mgn,
  { sourceServerID, isArchived }: ServerRecord,
): Promise<SourceServer | undefined> {
  const sourceServerIDs = [sourceServerID];
  const [usual] = await mgn.describeSourceServers({ sourceServerIDs, isArchived });
  if (usual !== undefined) return usual;
  const [other] = await mgn.describeSourceServers({ sourceServerIDs, isArchived: !isArchived });
  return other;
}

type Read = <Answer>(work: Promise<Answer>) => Promise<Answer>;

/** Jobs and log say more, but what was read already is not thrown away for them. */
async function readOn(
  { mgn, region, time, run, record, jobIDs, endpoint }: MgnReading & { readonly mgn: Mgn; readonly region: string },
  server: SourceServer,
  read: Read,
): Promise<MgnNow> {
  const gaps: string[] = [];
  const tried = async <Answer>(operation: string, work: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await read(work());
    } catch (error) {
      gaps.push(`${operation}: ${whyNot(error, region, endpoint)}`);
      return undefined;
    }
  };
  const cutoverJobID = record.cutover?.jobID;
  const all = await tried('DescribeJobs', () => mgn.describeJobsSince(run.createdAt));
  const jobs = all?.filter(({ participatingServers }) =>
    participatingServers.some(({ sourceServerID }) => sourceServerID === record.sourceServerID),
  );
  const log =
    cutoverJobID === undefined ? undefined : await tried('DescribeJobLogItems', () => mgn.describeJobLog(cutoverJobID));
  const at = time.now();
  const facts = presentFacts(record, { server, jobs, log, at }, { jobIDs, run });
  const differences = facts.filter(({ differs }) => differs).length;
  return { isRead: true, readAt: new Date(at).toISOString(), region, facts, differences, gaps };
}

function whyNot(error: unknown, region: string, endpoint: string | undefined): string {
  if (error instanceof RoleNotAssumedError) return messageOf(error);
  const needs = 'mgn:DescribeSourceServers, mgn:DescribeJobs and mgn:DescribeJobLogItems';
  return explainServiceError(error, { service: 'MGN', region, endpoint, needs });
}
