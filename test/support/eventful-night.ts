/** A short night on which every state is needed: test instances, good and bad launches, a rollback, a finalize. */
import { hookTimes } from '../../functions/domain/hook-options.ts';
import { aWave, eachOnItsOwn, type AroundStep, type Night, type Walk } from './a-run.ts';

const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 45 };

/** The scenario. */
export const eventfulNight = aWave(
  [
    { hostname: 'good', launchedInstance: 'test' },
    { hostname: 'checked', actions: [{ actionName: 'check', mustSucceedForCutover: true }] },
    { hostname: 'failed', cutover: 'launchFailed' },
    { hostname: 'unbootable', cutover: 'unbootable' },
  ],
  { defaults: { timings } },
);

/** Options of its run: it finalizes, and gives up on a first boot soon. */
export const eventfulOptions = { ...eachOnItsOwn, commit: 'auto', deadlines: { firstBootSeconds: 120 } };

const lambda = 'arn:aws:lambda:us-east-1:111122223333:function:hook';

/** The same with a hook of each kind, and in jobs of two source servers. */
export const hookedOptions = {
  ...eventfulOptions,
  batchServersMax: 2,
  hooks: hookTimes.map((when) => ({ name: when, when, lambda })),
};

/** How an undisturbed run of it ends. */
export const eventfulVerdicts = {
  good: 'FINALIZED',
  checked: 'FINALIZED',
  failed: 'ROLLED_BACK',
  unbootable: 'ROLLED_BACK',
} as const;

/** Walks it. */
export function walkEventfulNight(night: Night, around?: AroundStep, options: object = eventfulOptions): Promise<Walk> {
  const input = { waveID: night.account().waves[0]?.waveID, options };
  return night.walk(around === undefined ? { input } : { input, around });
}

/** Walks a commit of it on a person's word. */
export function commitEventfulNight(night: Night, around?: AroundStep, name = 'keep-1'): Promise<Walk> {
  const commit = { machine: 'commit', name, input: { runID: 'night-1' } } as const;
  return night.walk(around === undefined ? commit : { ...commit, around });
}

/** Walks it with nothing finalized, and then the commit; answers with the commit's walk. */
export async function walkCommittedNight(night: Night, around?: AroundStep): Promise<Walk> {
  await walkEventfulNight(night, around, { ...eventfulOptions, commit: 'never' });
  return commitEventfulNight(night, around);
}
