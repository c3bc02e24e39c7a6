/** MGN's identifiers as distinct types, so that swapping two of them fails to compile. Patterns: `mgn.md` A.3. */
import * as v from 'valibot';

const idOf = <const Name extends string>(name: Name, prefix: string, what: string) =>
  v.pipe(
    v.string(),
    v.regex(
      new RegExp(`^${prefix}-[0-9a-zA-Z]{17}$`),
      `expected the ID of ${what}: "${prefix}-" and 17 letters or digits`,
    ),
    v.brand(name),
  );

/** Schema of a source server's ID, `s-` and 17 letters or digits. */
export const SourceServerIDSchema = idOf('SourceServerID', 's', 'a source server');
/** A source server's ID. */
export type SourceServerID = v.InferOutput<typeof SourceServerIDSchema>;

/** Schema of a job's ID, `mgnjob-` and 17 letters or digits. */
export const JobIDSchema = idOf('JobID', 'mgnjob', 'a job');
/** A job's ID. */
export type JobID = v.InferOutput<typeof JobIDSchema>;

/** Schema of a wave's ID, `wave-` and 17 letters or digits. */
export const WaveIDSchema = idOf('WaveID', 'wave', 'a wave');
/** A wave's ID. */
export type WaveID = v.InferOutput<typeof WaveIDSchema>;

/** Schema of an application's ID, `app-` and 17 letters or digits. */
export const ApplicationIDSchema = idOf('ApplicationID', 'app', 'an application');
/** An application's ID. */
export type ApplicationID = v.InferOutput<typeof ApplicationIDSchema>;

/** Schema of an EC2 instance's ID, `i-` and 8 hexadecimal digits or more (`mgn.md` A.3). */
export const InstanceIDSchema = v.pipe(v.string(), v.regex(/^i-[0-9a-fA-F]{8,32}$/, 'expected the ID of an instance'));

/** Schema of an AWS account's ID. */
export const AccountIDSchema = v.pipe(v.string(), v.regex(/^\d{12}$/, 'expected an account ID: exactly 12 digits'));

/** Schema of a region's name, such as `eu-central-1`. */
export const RegionSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as "eu-central-1"'),
);

/** Schema of a role's ARN in which `{accountID}` may stand for the account, and `{region}` for the region in the name. */
export const RoleArnPatternSchema = v.pipe(
  v.string(),
  v.regex(
    /^arn:aws[a-z-]*:iam::(\d{12}|\{accountID\}):role\/([\w+=,.@/-]|\{region\}){1,512}$/,
    'expected a role ARN such as "arn:aws:iam::{accountID}:role/MgnCutover"',
  ),
);

/**
 * Schema of a run's ID: the name of the execution that began it, so 1 to 80 of the characters that are safe in an
 * execution name (`engine.md` section 1).
 */
export const RunIDSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z_-]{1,80}$/, 'expected a run name: 1 to 80 letters, digits, "-" or "_"'),
  v.brand('RunID'),
);
/** A run's ID. */
export type RunID = v.InferOutput<typeof RunIDSchema>;

/**
 * Schema of a batch's ID within its run: `batch-001` and so on for the servers of one cutover job (a run of 1,000 servers
 * may have 1,000), `group-1` to `group-5` for the terminate jobs of a priority group.
 */
export const BatchIDSchema = v.pipe(
  v.string(),
  v.regex(/^(batch-\d{3,4}|group-[1-5])$/, 'expected a batch ID such as "batch-001"'),
);
