import type { Job } from '../../../functions/domain/job.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import { findTestInstance, isLaunchedInstanceGone } from '../../../functions/domain/test-instance.ts';
import {
  aJob,
  aPart,
  aSourceServer,
  aTerminateJob,
  cutoverJobID,
  foreignJobID,
  jobID,
  nowMs,
  sourceServerID,
  testInstanceID,
  testJobID,
} from '../../support/domain-builders.ts';

const launchedInstance = { ec2InstanceID: testInstanceID, jobID: testJobID };
const testJob = aJob({
  jobID: testJobID,
  initiatedBy: 'START_TEST',
  createdAt: nowMs - 86_400_000,
  participatingServers: [aPart({ ec2InstanceID: testInstanceID })],
});
const withTestInstance = (fields: Partial<SourceServer> = {}) => aSourceServer({ launchedInstance, ...fields });
const terminated = (fields: Partial<Job> = {}, part = {}) =>
  aTerminateJob({
    participatingServers: [aPart({ launchStatus: 'TERMINATED', ec2InstanceID: undefined, ...part })],
    ...fields,
  });

describe('findTestInstance', () => {
  it('finds the instance of the last test job', () => {
    expect(findTestInstance(withTestInstance(), [testJob])).toEqual(launchedInstance);
  });

  it('takes the lifecycle’s word for a test job older than the job list', () => {
    expect(findTestInstance(withTestInstance(), [])).toEqual(launchedInstance);
  });

  it('asks its own job alone how it was launched', () => {
    const cutover = aJob({ jobID: cutoverJobID, initiatedBy: 'START_CUTOVER' });
    expect(findTestInstance(withTestInstance(), [cutover, testJob])).toEqual(launchedInstance);
    const another = { ...testJob, jobID: jobID(7) };
    expect(findTestInstance(withTestInstance(), [another, { ...testJob, initiatedBy: undefined }])).toBeUndefined();
  });

  const unproven: [string, SourceServer, Job[]][] = [
    ['there is no instance', aSourceServer(), [testJob]],
    ['the instance names no job', withTestInstance({ launchedInstance: { ec2InstanceID: testInstanceID } }), [testJob]],
    ['a cutover job made it', withTestInstance({ launchedInstance: { ...launchedInstance, jobID: cutoverJobID } }), []],
    ['the last cutover has the same job', withTestInstance({ lastCutover: { jobID: testJobID } }), [testJob]],
    ['the last test was another job', withTestInstance({ lastTest: { jobID: foreignJobID } }), [testJob]],
    ['the last test is unknown', withTestInstance({ lastTest: {} }), [testJob]],
    ['the job list says that the job was no test', withTestInstance(), [{ ...testJob, initiatedBy: 'START_CUTOVER' }]],
    ['a terminate job has deleted it', withTestInstance(), [testJob, terminated()]],
  ];
  it.each(unproven)('finds none when %s', (_why, server, jobs) => {
    expect(findTestInstance(server, jobs)).toBeUndefined();
  });
});

describe('isLaunchedInstanceGone', () => {
  it('is true when MGN shows none', () => {
    expect(isLaunchedInstanceGone(aSourceServer(), [])).toBe(true);
  });

  const cases: [string, Job[], boolean][] = [
    ['no terminate job', [testJob], false],
    ['a terminate job after the launch that shows the server TERMINATED', [testJob, terminated()], true],
    ['one that names this very instance', [terminated({}, { ec2InstanceID: testInstanceID })], true],
    ['one that names another instance', [testJob, terminated({}, { ec2InstanceID: 'i-00000000' })], false],
    ['one that has not ended', [testJob, terminated({ status: 'STARTED' })], false],
    ['one in which the server is not TERMINATED', [testJob, terminated({}, { launchStatus: 'FAILED' })], false],
    ['one of another server', [testJob, terminated({}, { sourceServerID: sourceServerID(2) })], false],
    ['one as old as the launch', [testJob, terminated({ createdAt: testJob.createdAt })], true],
    ['one older than the launch', [testJob, terminated({ createdAt: nowMs - 90_000_000 })], false],
    ['one of unknown age', [testJob, terminated({ createdAt: undefined })], false],
    ['one after a launch of unknown age', [terminated()], false],
    [
      'a launch job that shows TERMINATED',
      [testJob, terminated({ initiatedBy: 'START_TEST', jobID: jobID(8) })],
      false,
    ],
  ];
  it.each(cases)('%s', (_what, jobs, isGone) => {
    expect(isLaunchedInstanceGone(withTestInstance(), jobs)).toBe(isGone);
  });
});
