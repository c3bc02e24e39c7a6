/** What others do in the account while the caller works: people at the console, other jobs, quota in use. */
import * as v from 'valibot';

import { launchTemplateChangeSchema } from './ec2-schema.ts';
import { secondsSchema } from './launch-schema.ts';

const servers = v.pipe(
  v.array(v.string()),
  v.minLength(1),
  v.description('Source servers, by hostname or sourceServerID.'),
);

const accountID = v.exactOptional(v.pipe(v.string(), v.description('Account it happens in. Default: the own one.')));

const region = v.exactOptional(v.pipe(v.string(), v.description('Region it happens in. Default: the scenario’s.')));

const variant = <Act extends string, Entries extends v.ObjectEntries>(act: Act, meaning: string, entries: Entries) =>
  v.pipe(v.strictObject({ act: v.literal(act), accountID, region, ...entries }), v.description(meaning));

const atSeconds = v.pipe(secondsSchema, v.description('Seconds after the start.'));

const call = <Act extends string>(act: Act) =>
  variant(act, `Somebody calls ${act}; refused like any call when it is not legal then.`, { atSeconds, servers });

const interval = {
  fromSeconds: v.pipe(secondsSchema, v.description('Seconds after the start at which it begins.')),
  toSeconds: v.pipe(secondsSchema, v.description('Seconds after the start at which it ends.')),
};

/** Schema of one foreign act. Unknown keys are refused. */
export const foreignActSchema = v.variant('act', [
  call('StartTest'),
  call('StartCutover'),
  call('TerminateTargetInstances'),
  call('FinalizeCutover'),
  call('DisconnectFromService'),
  call('MarkAsArchived'),
  call('DeleteSourceServer'),
  call('PauseReplication'),
  call('ResumeReplication'),
  call('StopReplication'),
  variant('ChangeServerLifeCycleState', 'Somebody changes lifecycle states, such as a revert at the console.', {
    atSeconds,
    servers,
    state: v.pipe(
      v.picklist(['READY_FOR_TEST', 'READY_FOR_CUTOVER', 'CUTOVER']),
      v.description('The lifecycle state asked for.'),
    ),
  }),
  variant('ModifyLaunchTemplate', 'Somebody makes a new version of EC2 launch templates the default one.', {
    atSeconds,
    servers,
    launchTemplate: v.pipe(launchTemplateChangeSchema, v.description('What the new version changes.')),
  }),
  variant('hold', 'A job of somebody else holds the servers, unless a job holds one of them already.', {
    ...interval,
    servers,
    initiatedBy: v.exactOptional(
      v.pipe(
        v.picklist(['DIAGNOSTIC', 'START_TEST', 'START_CUTOVER', 'TERMINATE']),
        v.description('initiatedBy of the job; it changes nothing but holds its servers. Default DIAGNOSTIC.'),
      ),
    ),
  }),
  variant('useQuota', 'Other test jobs with source servers of their own use up quota.', {
    ...interval,
    servers: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(10_000),
      v.description('Source servers in those jobs together.'),
    ),
    jobs: v.exactOptional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(1_000),
        v.description('Number of those jobs. Default 1.'),
      ),
    ),
  }),
]);

/** One foreign act as a scenario gives it. */
export type ForeignActScenario = v.InferOutput<typeof foreignActSchema>;
