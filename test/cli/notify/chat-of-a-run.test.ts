/** `run` on one machine, in real time, with a chat to tell. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { openNotifier } from '../../../cli/notify/open-notifier.ts';
import { CommandError } from '../../../cli/exit-code.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { startHttpServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { commandLine, folder, oneWave, waveID } from '../command-line.ts';

jest.setTimeout(30_000);

const files = folder();
const input = files.file('wave.json', { waveID, options: { start: 'approve' } });
/** A night that begins now, because the run’s time is real. */
const scenarioNow = () =>
  parseScenario({
    ...oneWave({ hostname: 'web-1', launchedInstance: 'none' }),
    startTime: `${new Date().toISOString().slice(0, 19)}Z`,
  });

interface Chat {
  readonly url: string;
  readonly texts: readonly string[];
  onMessage(listener: () => void): void;
}

/** A chat on loopback that answers with this status. */
async function withChat(status: number, use: (chat: Chat) => Promise<void>): Promise<void> {
  const texts: string[] = [];
  const listeners: (() => void)[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      texts.push(body);
      response.writeHead(status).end();
      for (const listener of listeners) listener();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  try {
    const url = `http://127.0.0.1:${address.port}/hooks/secret-path`;
    await use({ url, texts, onMessage: (listener) => listeners.push(listener) });
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

/** Runs the wave in real time, under a name of its own; a person stops it at the first message to the chat. */
const runWith = async (name: string, env: Readonly<Record<string, string>>, chat?: Chat) => {
  const simulator = await startHttpServer({ scenario: scenarioNow(), seed: 1, port: 0, speed: 1 });
  try {
    const argv = ['run', input, '--endpoint', simulator.endpoint, '--region', 'eu-west-1', '--name', name, '--yes'];
    const onStart = (interrupt: () => void) => chat?.onMessage(interrupt);
    return await commandLine(argv, { onStart, env: { XDG_STATE_HOME: files.path, ...env } });
  } finally {
    await simulator.close();
  }
};

describe('run with a chat in the environment', () => {
  it('tells it that the run waits for a person, while it waits, and how to answer', async () => {
    await withChat(200, async (chat) => {
      const { exitCode, out } = await runWith('told', { MGN_CUTOVER_WEBHOOK: chat.url }, chat);

      expect(exitCode).toBe(2);
      expect(out).toContain('stopping after the step that is under way');
      expect(chat.texts).toHaveLength(1);
      expect(JSON.parse(chat.texts[0] ?? '')).toEqual({
        text: expect.stringMatching(/^mgn-cutover ACT: waits for a person to approve the start: told\n/),
      });
      expect(chat.texts[0]).toContain('mgn-cutover approve told --endpoint');
    });
  });

  it('ends as it would without, and says so, when the chat takes nothing; nobody sees where it is', async () => {
    await withChat(404, async (chat) => {
      const untold = await runWith('untold', { MGN_CUTOVER_WEBHOOK: chat.url }, chat);

      expect(untold.exitCode).toBe(2);
      expect(untold.out + untold.err).toContain('the chat could not be told: the webhook answered 404');
      expect(untold.out + untold.err).not.toContain('secret-path');
    });
  });

  it('refuses an address that is none before anything is touched, and does not show it', async () => {
    const { exitCode, out, err } = await runWith('refused', {
      MGN_CUTOVER_WEBHOOK: 'http://chat.example.com/secret-path',
    });

    expect(err).toContain('MGN_CUTOVER_WEBHOOK: the webhook’s URL is not one of https');
    expect(out + err).not.toContain('secret-path');
    expect(exitCode).toBe(2);
  });
});

describe('openNotifier', () => {
  const world = { isRehearsal: false, store: createMemoryStore(), flags: '--region eu-west-1' };
  const time = { isVirtual: false, now: () => 0 };
  const io = { env: { MGN_CUTOVER_WEBHOOK: 'https://chat.example.com/hook' } };
  const work = { world, io, time, onFailure: () => undefined };

  it('opens one where this process does the work in real time, and the environment names a chat', () => {
    expect(openNotifier(work)).toBeDefined();
  });

  it.each([
    ['no chat is named', { ...work, io: { env: {} } }],
    ['the name is empty', { ...work, io: { env: { MGN_CUTOVER_WEBHOOK: '' } } }],
    ['it is a rehearsal', { ...work, world: { ...world, isRehearsal: true } }],
    ['time is not real', { ...work, time: { ...time, isVirtual: true } }],
  ])('opens none where %s', (_, none) => {
    expect(openNotifier(none)).toBeUndefined();
  });

  it('does not look at the address where nobody is told', () => {
    const wrong = { env: { MGN_CUTOVER_WEBHOOK: 'nowhere' } };

    expect(() => openNotifier({ ...work, io: wrong })).toThrow(CommandError);
    expect(openNotifier({ ...work, io: wrong, world: { ...world, isRehearsal: true } })).toBeUndefined();
  });
});
