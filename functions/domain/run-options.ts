/** How a run goes about it: every option of a run's input with its default and one sentence of description. */
import * as v from 'valibot';
import { ExpectedTimesSchema } from './expected-times.ts';
import { FailurePolicySchema } from './failure-policy-options.ts';
import { HooksSchema } from './hook-options.ts';
import { PriorityGroupsSchema } from './priority-groups.ts';
import { TimeTextSchema } from './window.ts';

/** Most source servers in one job, and in all active jobs together (`mgn.md` E). */
export const jobServersMax = 200;

const seconds = (defaultSeconds: number, maxSeconds: number, description: string) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxSeconds), v.description(description)),
    defaultSeconds,
  );

const daySeconds = 86_400;

/** Schema of the deadlines. */
export const DeadlinesSchema = v.strictObject({
  terminateSeconds: seconds(
    3_600,
    daySeconds,
    'How long a terminate job may take, in seconds, before a person is asked.',
  ),
  launchSeconds: seconds(
    7_200,
    daySeconds,
    'How long a cutover job may take, in seconds, before what it has not launched counts as failed.',
  ),
  firstBootSeconds: seconds(
    1_800,
    daySeconds,
    'How long a launched instance may take to report its first boot, in seconds.',
  ),
  agentSeconds: seconds(
    1_800,
    daySeconds,
    'How long the SSM agent of a launched instance may stay unseen, in seconds, when actions are expected.',
  ),
  actionsSeconds: seconds(
    3_600,
    daySeconds,
    'How long the expected post-launch actions may take in all, in seconds, after the SSM agent was seen; an action with a longer time-out of its own extends it.',
  ),
  runningJobsSeconds: seconds(
    7_200,
    daySeconds,
    'How long a rollback waits for jobs that still hold its source servers, in seconds, before a person is asked.',
  ),
});

/** Schema of the options. */
export const OptionsSchema = v.strictObject({
  onBlocked: v.optional(
    v.pipe(
      v.picklist(['refuse', 'skip']),
      v.description(
        'What to do when a source server fails validation: refuse the whole wave, or skip the server and go on with the others.',
      ),
    ),
    'refuse',
  ),
  onLocked: v.optional(
    v.pipe(
      v.picklist(['refuse', 'wait']),
      v.description(
        'What to do when another run holds a source server: refuse it at once, or wait until that run has let go.',
      ),
    ),
    'refuse',
  ),
  start: v.optional(
    v.pipe(
      v.picklist(['now', 'approve']),
      v.description('Whether the cutover starts once everything is ready, or waits for a person’s approval first.'),
    ),
    'now',
  ),
  startBy: v.optional(
    v.pipe(
      TimeTextSchema,
      v.description(
        'Until when to wait for locks or approval; by default the last safe start of the window, or a day.',
      ),
    ),
  ),
  commit: v.optional(
    v.pipe(
      v.picklist(['never', 'approve', 'auto']),
      v.description(
        'Whether verified source servers are finalized. "never" leaves them verified and revertible, "approve" waits for a person’s commit or rollback, "auto" calls FinalizeCutover, the point of no return, without asking.',
      ),
    ),
    'never',
  ),
  commitBy: v.optional(
    v.pipe(
      TimeTextSchema,
      v.description('Until when "approve" waits for a commit; by default until the window closes, or seven days.'),
    ),
  ),
  onCommitTimeout: v.optional(
    v.pipe(
      v.picklist(['hold', 'rollback']),
      v.description(
        'What happens when nobody committed in time: leave the source servers verified, or bring all of them back.',
      ),
    ),
    'hold',
  ),
  priorityGroups: v.optional(
    v.pipe(
      PriorityGroupsSchema,
      v.description(
        'Which source servers start before others: group n+1 starts once group n is verified; servers that no rule names are in group 5.',
      ),
    ),
    [],
  ),
  failurePolicy: v.optional(v.pipe(FailurePolicySchema, v.description('What a failed source server takes along.')), {}),
  batchServersMax: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(jobServersMax),
      v.description('Most source servers in one cutover job. Smaller batches limit what one bad launch holds up.'),
    ),
    jobServersMax,
  ),
  terminateTestInstances: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Terminate the instances that test launches left before the cutover starts, and wait for it.'),
    ),
    true,
  ),
  requireTestLaunch: v.optional(
    v.pipe(v.boolean(), v.description('Block source servers that were never launched as a test.')),
    true,
  ),
  lagMaxSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(daySeconds),
      v.description('Highest replication lag, in seconds, a source server may have at the start.'),
    ),
    300,
  ),
  lastSeenMaxSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(60),
      v.maxValue(daySeconds),
      v.description('How long ago, in seconds, MGN may have last heard from the source server’s agent.'),
    ),
    3_600,
  ),
  settleSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(600),
      v.description(
        'How long, in seconds, a call whose answer was lost is looked for in MGN’s job list before it counts as never made.',
      ),
    ),
    60,
  ),
  callsPerSecondMax: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0.1),
      v.maxValue(10),
      v.description('Most calls a second that change something in MGN; its request rates are not published.'),
    ),
    1,
  ),
  checkLaunchTargets: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Check by EC2’s read calls that what each launch template names (subnet, security groups, instance profile) is there.',
      ),
    ),
    true,
  ),
  freshness: v.optional(
    v.pipe(
      v.strictObject({
        lagZero: v.optional(
          v.pipe(v.boolean(), v.description('Block source servers whose replication lag is not exactly zero.')),
          false,
        ),
        fencedAt: v.optional(
          v.pipe(
            TimeTextSchema,
            v.description('When the applications were stopped: the latest snapshot has to be newer than this.'),
          ),
        ),
      }),
      v.description('How fresh the replicated data must be at the start.'),
    ),
    {},
  ),
  expected: v.optional(
    v.pipe(
      ExpectedTimesSchema,
      v.description('How long this wave is expected to take, instead of what earlier runs teach.'),
    ),
    {},
  ),
  hooks: v.optional(
    v.pipe(HooksSchema, v.description('What to run before the start, after verification and after a rollback.')),
    [],
  ),
  deadlines: v.optional(v.pipe(DeadlinesSchema, v.description('How long each phase may take.')), {}),
});

/** How a run goes about it, with every default filled in. */
export type RunOptions = v.InferOutput<typeof OptionsSchema>;
