/** What is logged, at the most talkative level, on nights on which much happens and much fails: IDs and outcomes, no contents. */
import '../answers/quiet-sdk.ts';
import { createLogger } from '../../../functions/shared/logger.ts';
import { createHandler as createWatcher } from '../../../functions/watch/watch-runs.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { aWave, inNight, type AroundStep, type Night, type Walk } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { eventfulNight, hookedOptions, walkEventfulNight } from '../../support/eventful-night.ts';
import { approving, atGate, commit } from '../../support/gate-walks.ts';
import { otherID, roleArn, twoAccounts } from '../../unit/accounts/two-accounts.ts';
import { aContext, aReportingWorld, anEvent, watchDepsOf } from '../../unit/watch/watch-builders.ts';
import { seededRandom } from '../../../simulator/seeded-random.ts';
import { bent } from '../answers/bent-answers.ts';
import { changeAnswers, itemsOf, membersOf, withDocument } from '../answers/change-answers.ts';
import { captureOutput, faultsIn } from './captured-lines.ts';

jest.setTimeout(60_000);

const levels = ['INFO', 'DEBUG'] as const;
const secret = 'correct-horse-battery-staple';
const rawError = 'raw-error-of-the-service';

/** Everything a line or a Cause must never hold: what whoever reads it could use, and what is a customer's own business. */
const forbidden = [
  secret,
  rawError,
  'secretAccessKey',
  'SessionToken',
  'Credential=',
  '"$response"',
  '"rawError"',
  'Bearer ',
];
const found = (text: string, more: readonly string[] = []) =>
  [...forbidden, ...more].filter((word) => text.includes(word));

const talkative = (night: Night, level: (typeof levels)[number]) => {
  Object.assign(night.deps, { logger: createLogger(level) });
};

/** The words in which the steps failed, as Step Functions' history keeps them. */
const causesOf = ({ events }: Walk) =>
  events.flatMap((event) => ('cause' in event && event.cause !== undefined ? [event.cause] : []));

const expectClean = (output: string, walks: readonly Walk[], more: readonly string[] = []) => {
  expect(output).not.toBe('');
  expect(faultsIn(output)).toEqual([]);
  expect(found(output, more)).toEqual([]);
  for (const cause of walks.flatMap(causesOf)) {
    expect(cause.length).toBeLessThan(16_000);
    expect(found(cause, more)).toEqual([]);
  }
};

describe.each(levels)('at level %s', (level) => {
  it('an eventful night with hooks says nothing of their parameters', async () => {
    const walks: Walk[] = [];
    const hooks = hookedOptions.hooks.map((hook) => ({ ...hook, parameters: { password: secret, list: [secret] } }));
    const output = await captureOutput(() =>
      inNight(eventfulNight, async (night) => {
        talkative(night, level);
        night.services.watchClients((clients) => {
          changeAnswers(clients, (answer, operation) =>
            operation === 'DescribeJobLogItems' ? withDocument(answer, (document) => withRawErrors(document)) : answer,
          );
        });
        walks.push(await walkEventfulNight(night, undefined, { ...hookedOptions, hooks }));
        expect((await night.read()).failures).toEqual([]);
      }),
    );
    expectClean(output, walks);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('night %d of bent answers says what failed in a bounded line', async (seed) => {
    const walks: Walk[] = [];
    const output = await captureOutput(() =>
      inNight(
        eventfulNight,
        async (night) => {
          talkative(night, level);
          const random = seededRandom(seed, 'logs');
          night.services.watchClients((clients) => {
            changeAnswers(clients, (answer) => (random() < 0.3 ? bent(answer, random) : answer));
          });
          walks.push(await walkEventfulNight(night));
        },
        seed,
      ),
    );
    expect(walks.flatMap(causesOf)).not.toEqual([]);
    expectClean(output, walks);
  });

  it('a night with gates says nothing of the tokens that answer them', async () => {
    const walks: Walk[] = [];
    const tokens = new Set<string>();
    const around: AroundStep = ({ event }, invoke) => {
      const { taskToken } = membersOf(event);
      if (typeof taskToken === 'string') tokens.add(taskToken);
      return invoke();
    };
    const output = await captureOutput(() =>
      inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
        talkative(night, level);
        const { ended } = await atGate(night, approving, { around });
        walks.push(await commit(night), await ended);
        const start = night.start({
          name: 'night-2',
          around,
          input: { waveID: night.account().waves[0]?.waveID, options: { start: 'approve' } },
        });
        await night.time.sleep(60_000);
        walks.push(
          await night.walk({ machine: 'commit', name: 'no', around, input: { runID: 'night-2', refuse: 'start' } }),
        );
        walks.push(await start.ended);
      }),
    );
    expect(tokens.size).toBeGreaterThan(0);
    expectClean(output, walks, [...tokens]);
  });

  it('a night in another account says nothing of its session', async () => {
    const walks: Walk[] = [];
    const output = await captureOutput(() =>
      inNight(twoAccounts, async (night) => {
        talkative(night, level);
        const { accounts } = inspect(night.simulator.world(), night.time.now());
        const waveID = accounts.find(({ accountID }) => accountID === otherID)?.waves[0]?.waveID;
        walks.push(await night.walk({ input: { waveID, accountID: otherID, roleArn } }));
        const mistaken = roleArn.replace('MgnCutover-Cutover', 'Nobody');
        walks.push(await night.walk({ name: 'denied', input: { waveID, accountID: otherID, roleArn: mistaken } }));
      }),
    );
    expect(walks.map(({ steps }) => steps.length > 3)).toEqual([true, false]);
    expect(output).toContain('may not assume');
    // What every token of the simulator's sessions begins with.
    expectClean(output, walks, ['SimulatedSession.']);
  });

  it('a migration says nothing of its waves’ inputs', async () => {
    const walks: Walk[] = [];
    const output = await captureOutput(() =>
      inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
        talkative(night, level);
        const hook = { ...hookedOptions.hooks[0], parameters: { password: secret } };
        const waves = [
          { name: 'web', input: { waveID: night.account().waves[0]?.waveID, options: { hooks: [hook] } } },
        ];
        walks.push(await night.walk({ machine: 'migration-run', name: 'move', input: { waves } }));
        expect(await breachesOf(night, 'move-web')).toEqual([]);
      }),
    );
    expectClean(output, walks);
  });

  it('the watchers say no more, though their events hold inputs and causes', async () => {
    const world = aReportingWorld();
    const logger = createLogger(level);
    const output = await captureOutput(async () => {
      const event = anEvent({
        input: JSON.stringify({ password: secret }),
        error: 'Error',
        cause: `${rawError}\n`.repeat(3_000),
      });
      const { createHandler } = await import('../../../functions/watch/report-run.ts');
      world.failing.add('topic');
      await createHandler({ ...world.deps, logger })(event, aContext()).catch(() => undefined);
      await createHandler({ ...world.deps, logger })({ ...event, detail: secret.repeat(10_000) }, aContext()).catch(
        () => undefined,
      );
      const watch = createWatcher({ ...watchDepsOf(world), logger });
      await watch({ source: 'aws.mgn', detail: { state: secret } }, aContext());
      await watch({ source: 'aws.events', password: secret }, aContext());
    });
    expectClean(output, []);
  });

  it('an event is not logged though the environment asks for it', async () => {
    process.env['POWERTOOLS_LOGGER_LOG_EVENT'] = 'true';
    try {
      const world = aReportingWorld();
      const logger = createLogger(level);
      const watch = createWatcher({ ...watchDepsOf(world), logger });
      expectClean(await captureOutput(() => watch({ source: 'aws.events', password: secret }, aContext())), []);
    } finally {
      delete process.env['POWERTOOLS_LOGGER_LOG_EVENT'];
    }
  });
});

function withRawErrors(document: unknown): unknown {
  const items = itemsOf(document).map((item) => ({
    ...item,
    eventData: { ...membersOf(item['eventData']), rawError },
  }));
  return { ...membersOf(document), items };
}

/** What one line says. */
const logged = (say: (logger: ReturnType<typeof createLogger>) => void) =>
  captureOutput(() => {
    say(createLogger('INFO'));
    return Promise.resolve();
  });

describe('the check of lines', () => {
  it.each([
    ['an event', { event: { runID: 'night-1' } }, 'logs event'],
    ['an error as a whole', { error: new Error('x') }, 'logs error'],
  ])('sees %s', async (_what, members, fault) => {
    const output = await logged((logger) => {
      logger.info('step done', members);
    });
    expect(faultsIn(output)).toEqual([fault]);
  });

  it('sees what an answer holds beyond what it may', async () => {
    const output = await logged((logger) => {
      logger.info('step done', { answer: { input: {}, state: 'NONE' } });
    });
    expect(faultsIn(output)).toEqual(['logs input of an answer']);
  });

  it('cuts what is long, and keeps lines apart', async () => {
    const errorMessage = `one\ntwo\u001b[2J${'x'.repeat(1_048_576)}`;
    const output = await logged((logger) => {
      logger.warn('step failed', { errorMessage });
    });
    expect(faultsIn(output)).toEqual([]);
    expect(output).toContain('one two [2Jxxx');
  });
});
