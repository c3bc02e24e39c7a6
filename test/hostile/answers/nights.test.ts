/** Whole nights on which MGN's answers turn into something else now and then: they end, reported, and no server is harmed. */
import './quiet-sdk.ts';
import { seededRandom } from '../../../simulator/seeded-random.ts';
import { breachesOf } from '../../support/breaches.ts';
import { eventfulNight, eventfulOptions, hookedOptions, walkEventfulNight } from '../../support/eventful-night.ts';
import { inNight, type Night, type Walk } from '../../support/a-run.ts';
import { hostileSeed } from '../doors/seeded-cases.ts';
import { bent } from './bent-answers.ts';
import { changeAnswers, membersOf } from './change-answers.ts';
import { faultsOf } from './tidy-error.ts';

const nights = 120;
const seeds = Array.from({ length: nights }, (_, index) => hostileSeed * 1_000 + index);

/** Bends a share of all answers, until it is told to stop. */
function bendAnswers(night: Night, seed: number): { count: number; isOver: boolean } {
  const random = seededRandom(seed, 'bent-answers');
  const state = { count: 0, isOver: false };
  const share = 0.01 + random() * 0.15;
  night.services.watchClients((clients) => {
    changeAnswers(clients, (answer) => {
      if (state.isOver || random() >= share) return answer;
      state.count += 1;
      return bent(answer, random);
    });
  });
  return state;
}

/** Failures of steps that are none of ours, or that nobody could read. */
function untidy(walk: Walk): string[] {
  return walk.events.flatMap((event) =>
    event.type === 'LambdaFunctionFailed' && 'error' in event && event.error !== 'States.Timeout'
      ? faultsOf(Object.assign(new Error(messageOf(event.cause ?? '')), { name: event.error })).map(
          (fault) => `${event.machine} ${fault}`,
        )
      : [],
  );
}

function messageOf(cause: string): string {
  try {
    return String(membersOf(JSON.parse(cause))['errorMessage']);
  } catch {
    return cause;
  }
}

/** Spends a night; gives what is wrong after it. */
async function spend(seed: number): Promise<readonly string[]> {
  return inNight(
    eventfulNight,
    async (night) => {
      const hostility = bendAnswers(night, seed);
      const walk = await walkEventfulNight(night, undefined, seed % 3 === 0 ? hookedOptions : eventfulOptions);
      hostility.isOver = true;
      const wrong = untidy(walk);
      const run = (await night.read().catch(() => undefined))?.run;
      // Where not even the first step could read MGN, there is no run, and nothing was touched.
      if (run === undefined) return [...wrong, ...(night.writes.length > 0 ? ['wrote without a run'] : [])];
      if (run.end === undefined) {
        if (walk.result.status !== 'FAILED') wrong.push(`ended as ${walk.result.status} and its run has no end`);
        await night.time.sleep(20 * 60_000);
        await night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' } });
      }
      return [...wrong, ...(await breachesOf(night))];
    },
    { seed },
  );
}

it(`ends well or is reported, on each of ${String(nights)} nights (HOSTILE_SEED chooses others)`, async () => {
  const wrong: Record<string, readonly string[]> = {};
  for (const seed of seeds) {
    const found = await spend(seed);
    if (found.length > 0) wrong[`seed ${String(seed)}`] = found;
  }
  expect(wrong).toEqual({});
}, 180_000);
