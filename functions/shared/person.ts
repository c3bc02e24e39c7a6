/** Who asked, as the command that asked found it. */
import * as v from 'valibot';

/**
 * Schema of `by` in what a person starts an execution with: the ARN of their identity, or another name. It is their word;
 * who started the execution is in CloudTrail (StartExecution). At most 256 characters.
 */
export const PersonSchema = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256));
