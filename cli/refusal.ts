/** Reading why an execution failed: Step Functions keeps a function's error as JSON in the cause. */
import * as v from 'valibot';

const LambdaCauseSchema = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/** The error's own message out of an execution's cause; the cause itself when it is no function's. */
export function causeMessage(cause: string | undefined): string | undefined {
  const parsed = v.safeParse(LambdaCauseSchema, cause);
  return parsed.success ? parsed.output.errorMessage : cause;
}
