/**
 * The codes of every reason, warning and note that the product gives, which is what a night may be told for. A test
 * holds the list against the sources, so that a new code is missed until a night has met it.
 */

/** Why a source server is not started. */
const beforeTheStart = [
  'NOT_FOUND',
  'ARCHIVED',
  'WRONG_LIFECYCLE_STATE',
  'REPLICATION_NOT_CONTINUOUS',
  'REPLICATION_ERROR',
  'LAG_UNKNOWN',
  'LAG_TOO_HIGH',
  'LAG_NOT_ZERO',
  'AGENT_NOT_SEEN',
  'SNAPSHOT_BEFORE_FENCE',
  'JOB_HOLDS_SERVER',
  'LOCKED_BY_OTHER_RUN',
  'NO_LAUNCH_CONFIGURATION',
  'LAUNCH_DISPOSITION_STOPPED',
  'LAUNCH_DISPOSITION_UNKNOWN',
  'NEVER_TESTED',
  'UNKNOWN_LAUNCHED_INSTANCE',
  'INSTANCE_CHANGED',
  'AMBIGUOUS_HOSTNAME',
  'SOURCE_SERVER_TAG_MISSING',
  'NOT_IN_PLAN',
  'FACTS_CHANGED',
  'PLAN_SERVER_MISSING',
  'TEST_INSTANCE_LEFT',
  'START_FAILED',
  'QUOTA_FULL',
  'LOCKS_NOT_HELD',
] as const;

/** What EC2 says of the place of a launch. */
const launchTargets = [
  'LAUNCH_TARGETS_UNCHECKED',
  'LAUNCH_TEMPLATE_MISSING',
  'NO_SUBNET_AND_NO_DEFAULT_VPC',
  'SUBNET_MISSING',
  'SUBNET_FULL',
  'SECURITY_GROUP_MISSING',
  'SECURITY_GROUP_OTHER_VPC',
  'NO_INSTANCE_PROFILE',
  'VCPU_QUOTA_LOW',
  'VCPU_QUOTA_UNREAD',
] as const;

/** Gates, windows, tags and what they leave out. */
const planAndTime = [
  'WINDOW_NOT_OPEN',
  'WINDOW_CLOSED',
  'LAST_SAFE_START_PASSED',
  'WINDOW_TOO_SHORT',
  'NOT_VERIFIED_IN_TIME',
  'START_REFUSED',
  'NOT_APPROVED_IN_TIME',
  'NOT_APPROVED',
  'COMMIT_TIMED_OUT',
  'NOT_COMMITTED_IN_TIME',
  'STILL_WAITING',
  'TAG_MATCHES_NOBODY',
] as const;

/** Why a launch is not believed. */
const launch = [
  'NOT_LAUNCHED',
  'LAUNCH_DEADLINE',
  'JOB_CANCEL',
  'SERVER_SKIPPED',
  'CLEANUP_FAIL',
  'CONVERSION_FAIL',
  'LAUNCH_FAILED',
  'STALE_SNAPSHOT',
  'NO_SNAPSHOT_EVIDENCE',
  'NOT_BOOTED',
  'INSTANCE_NOT_OF_THIS_JOB',
  'JOB_NOT_SHOWN',
  'SOURCE_SERVER_GONE',
  'ACTION_FAILED',
  'ACTION_TIMED_OUT',
  'ACTION_MISSING',
  'ACTION_NEVER_SEEN',
  'HOOK_FAILED',
  'HOOK_NOT_RUN',
] as const;

/** What the failure policy does for others' sake. */
const policy = [
  'APPLICATION_FAILED',
  'APPLICATION_INCOMPLETE',
  'WAVE_FAILED',
  'WAVE_INCOMPLETE',
  'WAVE_STOPPED',
  'WAVE_REFUSED',
  'PRIORITY_GROUP_FAILED',
  'PRIORITY_GROUP_BLOCKED',
] as const;

/** What stands in the way of a rollback. */
const rollback = [
  'ROLLBACK_REQUESTED',
  'CUTOVER_OF_ANOTHER',
  'ALREADY_FINALIZED',
  'UNEXPECTED_LIFECYCLE_STATE',
  'NOT_REVERTED',
  'REVERT_FAILED',
  'START_UNSETTLED',
  'CUTOVER_JOB_NOT_ENDED',
  'INSTANCE_LEFT',
  'INSTANCE_UNACCOUNTED',
  'NOT_BROUGHT_BACK',
] as const;

/** What stands in the way of a commit, and what an end finds. */
const end = [
  'NOT_VERIFIED',
  'FINALIZE_REFUSED',
  'FINALIZE_UNKNOWN',
  'NOT_FINALIZED',
  'HALF_FINALIZED',
  'FINALIZED_BY_OTHERS',
  'MGN_UNREADABLE',
  'SOURCE_STILL_WRITTEN',
  'SOURCE_WAS_WRITTEN',
  'ENDED_EARLIER',
  'ENDED_UNJUDGED',
] as const;

/** Every code, once. */
export const reasonCodes = [
  ...beforeTheStart,
  ...launchTargets,
  ...planAndTime,
  ...launch,
  ...policy,
  ...rollback,
  ...end,
] as const;
