import { reasonsToLeaveOut } from '../../../functions/domain/start-check.ts';
import {
  aJob,
  aPart,
  aSourceServer,
  foreignJobID,
  sourceServerID,
  testInstanceID,
  testJobID,
} from '../../support/domain-builders.ts';

const codesOf = (...facts: Parameters<typeof reasonsToLeaveOut>) => reasonsToLeaveOut(...facts).map(({ code }) => code);
const holding = aJob({ jobID: foreignJobID, status: 'STARTED', participatingServers: [aPart()] });

it('has nothing against a source server that is as it was', () => {
  const tested = aSourceServer({ launchedInstance: { ec2InstanceID: testInstanceID, jobID: testJobID } });

  expect(codesOf(aSourceServer(), [], false)).toEqual([]);
  expect(codesOf(aSourceServer({ dataReplicationState: 'STALLED' }), [], false)).toEqual([]);
  const elsewhere = { ...holding, participatingServers: [aPart({ sourceServerID: sourceServerID(2) })] };
  expect(codesOf(aSourceServer(), [elsewhere, { ...holding, status: 'COMPLETED' }], false)).toEqual([]);
  expect(codesOf(tested, [aJob({ jobID: testJobID, initiatedBy: 'START_TEST' })], false)).toEqual([]);
});

it.each([
  ['another run has its lock', aSourceServer(), [], true, 'LOCKED_BY_OTHER_RUN'],
  ['MGN lists it no more', undefined, [], false, 'NOT_FOUND'],
  ['somebody cuts it over', aSourceServer({ lifeCycleState: 'CUTTING_OVER' }), [], false, 'WRONG_LIFECYCLE_STATE'],
  ['a job holds it', aSourceServer(), [holding], false, 'JOB_HOLDS_SERVER'],
  [
    'its replication was stopped',
    aSourceServer({ dataReplicationState: 'STOPPED' }),
    [],
    false,
    'REPLICATION_NOT_CONTINUOUS',
  ],
  [
    'it was disconnected from replication',
    aSourceServer({ dataReplicationState: 'DISCONNECTED' }),
    [],
    false,
    'REPLICATION_NOT_CONTINUOUS',
  ],
  [
    'its instance is no test instance',
    aSourceServer({ launchedInstance: { ec2InstanceID: testInstanceID, jobID: foreignJobID } }),
    [],
    false,
    'UNKNOWN_LAUNCHED_INSTANCE',
  ],
])('leaves one out when %s', (_what, server, jobs, isLocked, code) => {
  const reasons = reasonsToLeaveOut(server, jobs, isLocked);

  expect(reasons.map((reason) => reason.code)).toEqual([code]);
  expect(reasons[0]).toMatchObject({ source: expect.stringMatching(/^Describe|^ledger$/), remedy: expect.any(String) });
});

it('names the job that holds it and who started that', () => {
  expect(reasonsToLeaveOut(aSourceServer(), [holding], false)[0]?.fact).toContain(`${foreignJobID} (START_CUTOVER)`);
});
