/** How a run of this machine is listed that nobody holds. */
import { listRun } from '../../cli/run-list.ts';
import { parseRunName } from '../../cli/run-name.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { executionArn, LOCAL_RESIDENCE } from '../../local/arns.ts';
import { aRunRecord, nowMs } from '../support/domain-builders.ts';

const listed = (fields: Partial<RunRecord>) => {
  const run = aRunRecord({ holder: { executionID: 'wave', heldUntil: nowMs }, ...fields });
  return listRun({ name: 'night-1', run, servers: [], isTouched: true, isHere: true, isRunning: false }, nowMs);
};
const gate = { gate: 'COMMIT', openedAt: nowMs, closesAt: nowMs + 1, taskToken: 'token-1' } as const;
const goOn = 'run INPUT.json --name night-1';

describe('a run that nobody holds', () => {
  it('was stopped, and can be gone on with or brought back', () => {
    expect(listed({})).toMatchObject({ status: 'STOPPED', next: [goOn, 'rollback night-1'] });
  });

  it('waits for a person once it has come to a gate, and not any more once they have answered', () => {
    const next = [goOn, 'commit night-1', 'rollback night-1'];
    expect(listed({ gates: [gate] })).toMatchObject({ status: 'WAITING', next });
    const answer = { approved: true, at: nowMs, by: 'a person' };
    expect(listed({ gates: [{ ...gate, gate: 'START', answer }] }).status).toBe('STOPPED');
  });

  it('was stopped as well where the hold of the process that is gone has not lapsed', () => {
    const executionID = executionArn('wave-cutover', parseRunName('RUN', 'night-1'), LOCAL_RESIDENCE);
    const holder = { executionID, heldUntil: nowMs + 1 };
    expect(listed({ holder })).toMatchObject({ status: 'STOPPED', next: [goOn, 'rollback night-1'] });
  });

  it('is not said to wait while somebody is at work on it', () => {
    const holder = { executionID: 'commit', heldUntil: nowMs + 1 };
    expect(listed({ gates: [gate], holder }).status).toBe('ON_ANOTHER_MACHINE');
  });
});
