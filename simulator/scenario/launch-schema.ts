/** How a source server's launches and terminations go in a scenario: outcomes per attempt, and timings. */
import * as v from 'valibot';

/** Ten years: whatever is longer is a slip, and far longer ones leave the calendar. */
const secondsMax = 315_360_000;

/** A whole or broken number of seconds, not negative and not more than ten years. */
export const secondsSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(secondsMax));

const seconds = (meaning: string) => v.exactOptional(v.pipe(secondsSchema, v.description(meaning)));

/** Schema of the timings of a source server's launches, in seconds. Defaults are the measured run of `mgn.md` D.3. */
export const timingsSchema = v.strictObject({
  pendingSeconds: seconds('From the call to JOB_START. Default 2.'),
  cleanupSeconds: seconds('Deleting the earlier launched instance at the start of a launch. Default 35.'),
  snapshotSeconds: seconds('SNAPSHOT_START to SNAPSHOT_END. Default 44.'),
  staleSnapshotSeconds: seconds('SNAPSHOT_START to SNAPSHOT_FAIL when the agent does not answer. Default 300.'),
  conversionSeconds: seconds('CONVERSION_START to CONVERSION_END. Default 264.'),
  launchSeconds: seconds('LAUNCH_START to LAUNCH_END or LAUNCH_FAILED. Default 337.'),
  firstBootSeconds: seconds('LAUNCH_END to firstBoot SUCCEEDED. Default 167.'),
  agentDiscoverySeconds: seconds('LAUNCH_END to the discovery of the SSM agent. Default 180.'),
  terminateSeconds: seconds('Deleting the launched instance in a terminate job. Default 120.'),
  variation: v.exactOptional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(0.9),
      v.description('How far each phase may stray from its timing, as a fraction, drawn from the seed. Default 0.1.'),
    ),
  ),
});

/** Timings as a scenario gives them. */
export type TimingsScenario = v.InferOutput<typeof timingsSchema>;

const launchOutcomeSchema = v.pipe(
  v.picklist([
    'launched',
    'launchFailed',
    'conversionFailed',
    'snapshotFailed',
    'staleSnapshot',
    'cleanupFailed',
    'skipped',
    'stuck',
    'unbootable',
  ]),
  v.description(
    'launched; launchFailed, conversionFailed, snapshotFailed, cleanupFailed: FAILED in that phase; staleSnapshot: LAUNCHED from an older snapshot (USING_PREVIOUS_SNAPSHOT); skipped: SERVER_SKIPPED; stuck: the job never ends; unbootable: LAUNCHED but the first boot never succeeds.',
  ),
);

const launchDetailSchema = v.pipe(
  v.strictObject({
    outcome: v.exactOptional(launchOutcomeSchema),
    rawError: v.exactOptional(
      v.pipe(v.string(), v.description('rawError of the job log line that tells the failure.')),
    ),
    stuckIn: v.exactOptional(
      v.pipe(
        v.picklist(['cleanup', 'snapshot', 'conversion', 'launch']),
        v.description('Phase that a stuck launch never leaves. Default conversion.'),
      ),
    ),
    ssmAgent: v.exactOptional(
      v.pipe(
        v.picklist(['discovered', 'never']),
        v.description(
          'Whether the SSM agent on the launched instance is ever discovered. Default discovered, where its launch template names an instance profile.',
        ),
      ),
    ),
    firstBoot: v.exactOptional(
      v.pipe(
        v.picklist(['WAITING', 'UNKNOWN', 'STOPPED']),
        v.description('firstBoot that an unbootable instance stays at. Default WAITING.'),
      ),
    ),
    timings: v.exactOptional(v.pipe(timingsSchema, v.description('Timings of this launch alone.'))),
  }),
  v.description('A launch with its details.'),
);

/** Schema of one launch: its outcome alone, or with details. */
export const launchSchema = v.union([launchOutcomeSchema, launchDetailSchema]);

/** Schema of one launch for all attempts, or a list: first attempt, second …; the last one repeats. */
export const launchesSchema = v.union([launchSchema, v.pipe(v.array(launchSchema), v.minLength(1))]);

const terminationSchema = v.pipe(
  v.picklist(['terminated', 'failed', 'stuck']),
  v.description('terminated; failed: CLEANUP_FAIL, the instance stays; stuck: the terminate job never ends.'),
);

/** Schema of one termination for all attempts, or a list: first attempt, second …; the last one repeats. */
export const terminationsSchema = v.union([terminationSchema, v.pipe(v.array(terminationSchema), v.minLength(1))]);

/** How one launch goes, in full form. */
export type LaunchScenario = v.InferOutput<typeof launchDetailSchema>;

/** What becomes of a launch. */
export type LaunchOutcome = v.InferOutput<typeof launchOutcomeSchema>;

/** The entry of `list` that belongs to an attempt (0 is the first); the last one repeats. */
export const attemptOf = <T>(list: T | readonly T[] | undefined, attempt: number): T | undefined => {
  if (!isList(list)) return list;
  return list[Math.min(attempt, list.length - 1)];
};

const isList = <T>(value: T | readonly T[] | undefined): value is readonly T[] => Array.isArray(value);

/** The launch of an attempt in full form; an outcome left open is decided by the server's replication. */
export const launchOf = (
  launches: v.InferOutput<typeof launchesSchema> | undefined,
  attempt: number,
): LaunchScenario => {
  const launch = attemptOf(launches, attempt);
  return typeof launch === 'string' ? { outcome: launch } : (launch ?? {});
};
