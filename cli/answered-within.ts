/** A bound on how long an answer is waited for, whatever it hangs on. */

/**
 * The answer, if it comes in time. Neither a credential chain that asks where nobody answers nor a silent network makes a
 * person wait for longer.
 *
 * @throws Error saying that there was no answer within `durationMs`, and what the work throws.
 */
export async function answeredWithin<Answer>(durationMs: number, work: Promise<Answer>): Promise<Answer> {
  const tooLong = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    tooLong.reject(new Error(`no answer within ${String(durationMs / 1_000)} s`));
  }, durationMs);
  try {
    return await Promise.race([work, tooLong.promise]);
  } finally {
    clearTimeout(timer);
  }
}
