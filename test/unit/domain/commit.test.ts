import { assessCommit } from '../../../functions/domain/commit.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import {
  aCutOverServer,
  aServerRecord,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  lifeCycleStates,
} from '../../support/domain-builders.ts';

const verified = (fields: Partial<ServerRecord> = {}) => aServerRecord({ verdict: 'VERIFIED', ...fields });

const codeOf = (record: ServerRecord, server: SourceServer | undefined) => {
  const assessment = assessCommit(record, server);
  return assessment.commit === 'REFUSE' ? assessment.reasons.map((reason) => reason.code) : assessment.commit;
};

describe('assessCommit', () => {
  it.each(lifeCycleStates)('in %s', (lifeCycleState) => {
    const byState: Partial<Record<string, string>> = { CUTTING_OVER: 'FINALIZE', CUTOVER: 'DONE' };
    expect(codeOf(verified(), aCutOverServer({ lifeCycleState }))).toEqual(
      byState[lifeCycleState] ?? ['UNEXPECTED_LIFECYCLE_STATE'],
    );
  });

  it('does not call a server finalized that somebody else’s cutover took to CUTOVER', () => {
    const server = aCutOverServer({ lifeCycleState: 'CUTOVER', lastCutover: { jobID: foreignJobID } });
    expect(codeOf(verified(), server)).toEqual(['CUTOVER_OF_ANOTHER']);
  });

  it.each(['ROLLED_BACK', 'BLOCKED', 'NOT_STARTED', 'NEEDS_A_PERSON', undefined] as const)(
    'refuses a server whose verdict is %s',
    (verdict) => {
      expect(codeOf(verified({ verdict }), aCutOverServer())).toEqual(['NOT_VERIFIED']);
    },
  );

  const changed: [string, ServerRecord, SourceServer | undefined, string][] = [
    ['MGN no longer knows it', verified(), undefined, 'SOURCE_SERVER_GONE'],
    ['this run has no cutover of it', verified({ cutover: undefined }), aCutOverServer(), 'CUTOVER_OF_ANOTHER'],
    [
      'another job cut it over since',
      verified(),
      aCutOverServer({ lastCutover: { jobID: foreignJobID } }),
      'CUTOVER_OF_ANOTHER',
    ],
    ['MGN gives no cutover job', verified(), aCutOverServer({ lastCutover: {} }), 'CUTOVER_OF_ANOTHER'],
    [
      'another instance runs',
      verified(),
      aCutOverServer({ launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0', jobID: cutoverJobID } }),
      'INSTANCE_CHANGED',
    ],
    ['its instance is gone', verified(), aCutOverServer({ launchedInstance: undefined }), 'INSTANCE_CHANGED'],
    [
      'neither MGN nor the record names an instance',
      verified({ cutover: { jobID: cutoverJobID, startedAt: 0 } }),
      aCutOverServer({ launchedInstance: undefined }),
      'INSTANCE_CHANGED',
    ],
  ];
  it.each(changed)('refuses when %s', (_why, record, server, code) => {
    expect(codeOf(record, server)).toEqual([code]);
  });

  it('names the job of the other cutover', () => {
    const factOf = (server: SourceServer) => {
      const assessment = assessCommit(verified(), server);
      return assessment.commit === 'REFUSE' ? assessment.reasons[0]?.fact : undefined;
    };
    expect(factOf(aCutOverServer({ lastCutover: { jobID: foreignJobID } }))).toContain(`job is ${foreignJobID},`);
    expect(factOf(aCutOverServer({ lastCutover: {} }))).toContain('job is unknown,');
  });

  it('names both instances when they differ', () => {
    const server = aCutOverServer({ launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0', jobID: cutoverJobID } });
    expect(assessCommit(verified(), server)).toMatchObject({
      reasons: [{ fact: `the launched instance is i-0123456789abcdef0, not the verified ${cutoverInstanceID}` }],
    });
  });
});
