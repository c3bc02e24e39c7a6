import { phasesOfLog } from '../../../functions/domain/phase-of-log.ts';
import { aLogItem, sourceServerID } from '../../support/domain-builders.ts';

const inOrder = (...events: string[]) => events.map((event, index) => aLogItem(event, { at: index }));
const phaseAfter = (...events: string[]) => phasesOfLog(inOrder(...events)).get(sourceServerID(1));

describe('phasesOfLog', () => {
  it.each([
    [[], undefined],
    [['CLEANUP_START'], 'starting'],
    [['CLEANUP_START', 'CLEANUP_END', 'SNAPSHOT_START'], 'snapshot'],
    [['SNAPSHOT_START', 'SNAPSHOT_FAIL', 'USING_PREVIOUS_SNAPSHOT'], 'snapshot'],
    [['SNAPSHOT_END', 'CONVERSION_START'], 'conversion'],
    [['CONVERSION_END', 'LAUNCH_START'], 'launch'],
    [['LAUNCH_START', 'LAUNCH_END'], 'first boot'],
    ...['SNAPSHOT_START', 'SNAPSHOT_END', 'SNAPSHOT_FAIL', 'USING_PREVIOUS_SNAPSHOT'].map(
      (event): [string[], string] => [[event], 'snapshot'],
    ),
    [['CONVERSION_END'], 'conversion'],
    [['LAUNCH_END', 'AN_EVENT_OF_TOMORROW'], 'first boot'],
  ])('after %j is %s', (events, expected) => {
    expect(phaseAfter(...events)).toBe(expected);
  });

  it('goes by the time of the lines, not by their place', () => {
    expect(phasesOfLog(inOrder('SNAPSHOT_START', 'LAUNCH_START').reverse()).get(sourceServerID(1))).toBe('launch');
  });

  it('keeps servers apart and tells nothing from lines of no server', () => {
    const phases = phasesOfLog([
      aLogItem('LAUNCH_START'),
      aLogItem('SNAPSHOT_START', { sourceServerID: sourceServerID(2) }),
      aLogItem('CLEANUP_START', { sourceServerID: undefined }),
    ]);
    expect([...phases]).toEqual([
      [sourceServerID(1), 'launch'],
      [sourceServerID(2), 'snapshot'],
    ]);
  });
});
