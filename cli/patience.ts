/** Reading from a service that cannot answer for now. */
import { TransientServiceError } from '../functions/domain/errors.ts';
import type { Time } from '../local/virtual-time.ts';

const attemptsMax = 6;

/**
 * Does it, again a little later while the service fails for now. `act` is told which attempt it is, from 1.
 *
 * @throws what the last attempt threw, or what does not pass by itself.
 */
export async function patiently<Answer>(time: Time, act: (attempt: number) => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await time.track(act(attempt));
    } catch (error) {
      if (!(error instanceof TransientServiceError) || attempt === attemptsMax) throw error;
      await time.sleep(Math.min(1_000 * 2 ** attempt, 15_000));
    }
  }
}
