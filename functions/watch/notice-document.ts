/** A notice for programs: what e-mail says, as JSON. Published as `schemas/notice.schema.json`. */
import * as v from 'valibot';
import { runNoticeKinds } from '../domain/run-notice-record.ts';
import { phases, verdicts } from '../domain/server-record.ts';
import { severities } from './notices-due.ts';

/** What a notice is about: what happens to an open run, and how an execution or a migration ended. */
export const noticeKinds = [...runNoticeKinds, 'MIGRATION_ENDED'] as const;

const count = (description: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(description));

/** Every source server is in exactly one of the counts but `concerned`. */
const CountsSchema = v.object({
  total: count('All source servers of the run.'),
  concerned: count('Those that this notice is about.'),
  waiting: count('Resolved or ready; not started yet.'),
  underWay: count('From ending the test instance to the post-launch actions.'),
  verified: count('Launched, booted and believed.'),
  finalized: count('Finalized; this cannot be undone.'),
  rollingBack: count('Failed, or on the way back.'),
  rolledBack: count('Back in READY_FOR_CUTOVER, without an instance of this run.'),
  notStarted: count('Blocked, or left out.'),
  needingAPerson: count('In a state that only a person gets them out of.'),
});

const ServerSchema = v.object({
  sourceServerID: v.pipe(v.string(), v.description('The source server’s ID in MGN.')),
  phase: v.pipe(v.picklist(phases), v.description('How far it is.')),
  verdict: v.optional(
    v.pipe(v.picklist(verdicts), v.description('What is finally said of it; absent while nothing is.')),
  ),
  codes: v.pipe(
    v.array(v.string()),
    v.description('Codes of the reasons, such as `NOT_LAUNCHED`; never a customer’s text.'),
  ),
});

/** Schema of the document. New members may come; those that there are keep their meaning while `version` is 1. */
export const NoticeDocumentSchema = v.object({
  version: v.pipe(v.literal(1), v.description('Of this format.')),
  kind: v.pipe(v.picklist(noticeKinds), v.description('What happened.')),
  severity: v.pipe(
    v.picklist(severities),
    v.description(
      'INFO: nothing to do. ACT: somebody should look and may have to decide. URGENT: without a person it goes wrong, or stays wrong.',
    ),
  ),
  what: v.pipe(v.string(), v.description('What happened, in a sentence or two.')),
  run: v.pipe(v.string(), v.description('Name of the run, or of the migration.')),
  wave: v.optional(
    v.pipe(v.string(), v.description('ID of the wave that the run cuts over, where its input names one.')),
  ),
  account: v.optional(v.pipe(v.string(), v.description('Account of the source servers.'))),
  region: v.pipe(v.string(), v.description('Region of the source servers.')),
  stack: v.optional(
    v.pipe(v.string(), v.description('The deployed stack; absent where a machine of somebody’s own does the work.')),
  ),
  due: v.optional(
    v.pipe(v.string(), v.description('Until when somebody has to act, or something has to be done; ISO 8601 in UTC.')),
  ),
  counts: v.optional(v.pipe(CountsSchema, v.description('Absent where the run’s source servers are not known.'))),
  servers: v.pipe(
    v.array(ServerSchema),
    v.maxLength(20),
    v.description('The first of the source servers that this is about; `counts.concerned` says how many there are.'),
  ),
  nextCommands: v.pipe(
    v.array(v.string()),
    v.description('What to do next, the most harmless first; whole command lines.'),
  ),
  executionUrl: v.optional(v.pipe(v.string(), v.description('The execution in the Step Functions console.'))),
  reportUri: v.optional(v.pipe(v.string(), v.description('Where the report of an execution that ended is kept.'))),
  at: v.pipe(v.string(), v.description('When this was so; ISO 8601 in UTC.')),
});
/** A notice for programs. */
export type NoticeDocument = v.InferOutput<typeof NoticeDocumentSchema>;
