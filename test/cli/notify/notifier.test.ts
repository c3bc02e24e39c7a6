/** A chat that is told of a run on this machine while it happens, and never in its way. */
import { createNotifier, type Notifier } from '../../../cli/notify/notifier.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createRunNoticesLedger } from '../../../functions/ledger/run-notices.ts';
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { Message } from '../../../functions/watch/message.ts';
import { aRunRecord, aServerRecord, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';

const header = { name: 'night-1', kind: 'cutover', target: 'wave', place: 'LIVE', isRehearsal: false } as const;
const minute = 60_000;
const executionID = 'arn:aws:states:us-east-1:000000000000:execution:wave-cutover:night-1:1f';

const server = (number: number, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({ sourceServerID: sourceServerID(number), ...fields });
const failed = (number: number) => server(number, { phase: 'failed', launch: 'FAILED' });
const atWork = (fields: Partial<RunRecord> = {}) =>
  aRunRecord({ holder: { executionID, heldUntil: nowMs + 3_600_000 }, ...fields });
const atGate = (closesAt: number) =>
  aRunRecord({
    holder: { executionID, heldUntil: nowMs },
    gates: [{ gate: 'START', openedAt: nowMs, closesAt, taskToken: 'token' }],
  });

/** A notifier whose time passes when it is told to, with the chat it tells. */
function aNotified(store: LedgerStore = createMemoryStore()) {
  const chat: Message[] = [];
  const failures: string[] = [];
  let now = nowMs;
  let isDown = false;
  let tries = 0;
  let timers: { readonly at: number; readonly look: () => void }[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  const notifier: Notifier = createNotifier({
    channel: {
      name: 'WEBHOOK',
      tell: (message) => {
        tries += 1;
        if (isDown) return Promise.reject(new Error('the webhook answered 500'));
        chat.push(message);
        return Promise.resolve();
      },
    },
    notices: createRunNoticesLedger(store),
    clock: { now: () => now },
    place: { region: 'eu-west-1', flags: '--region eu-west-1' },
    onFailure: (words) => failures.push(words),
    after: (ms, look) => {
      const timer = { at: now + ms, look };
      timers.push(timer);
      return () => (timers = timers.filter((one) => one !== timer));
    },
  });
  const pass = async (ms: number) => {
    const until = now + ms;
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      timers = timers.filter((one) => one !== next);
      now = next.at;
      next.look();
      await settle();
    }
    now = until;
  };
  notifier.begin(header, now);
  return {
    notifier,
    pass,
    chat,
    failures,
    now: () => now,
    tries: () => tries,
    timers: () => timers.length,
    down: (is: boolean) => void (isDown = is),
    kinds: () => chat.map(({ document }) => document.kind),
  };
}

describe('a notifier', () => {
  it('tells of a gate at once, with the command for this machine, and when it is nearly too late', async () => {
    const { notifier, pass, chat, kinds } = aNotified();
    notifier.run(atGate(nowMs + 120 * minute), nowMs);
    notifier.server(server(1, { phase: 'ready' }), nowMs);
    await pass(2_000);

    expect(kinds()).toEqual(['GATE_OPENED']);
    expect(chat[0]?.text).toContain('    mgn-cutover approve night-1 --region eu-west-1\n');
    expect(chat[0]?.text.replaceAll('\n', ' ')).toContain('work done on one machine.');
    expect(chat[0]?.document).toMatchObject({ run: 'night-1', account: '123456789012', region: 'eu-west-1' });
    expect(chat[0]?.document).not.toHaveProperty('stack');
    await pass(119 * minute);
    expect(kinds()).toEqual(['GATE_OPENED', 'GATE_DUE', 'GATE_DUE']);
  });

  it('tells of what fails together in one message', async () => {
    const { notifier, pass, chat } = aNotified();
    notifier.run(atWork(), nowMs);
    for (let number = 1; number <= 100; number += 1) notifier.server(failed(number), nowMs);
    await pass(2_000);

    expect(chat.map(({ subject }) => subject)).toEqual(['mgn-cutover ACT: 100 of 100 source servers failed: night-1']);
    expect(chat[0]?.document.nextCommands[0]).toBe('mgn-cutover watch night-1 --region eu-west-1');
  });

  it('tells of the end when the command ends, also within the moment in which it gathers', async () => {
    const { notifier, now, kinds, timers } = aNotified();
    notifier.server(server(1, { phase: 'verified', verdict: 'VERIFIED' }), now());
    notifier.run(atWork({ end: { endedAt: now(), outcome: 'VERIFIED', summary: 'well' } }), now());
    notifier.end(now());
    await notifier.flush();

    expect(kinds()).toEqual(['RUN_ENDED']);
    expect(timers()).toBe(0);
  });

  it('says of nobody that they are waited for, once the command has ended', async () => {
    const { notifier, now, kinds } = aNotified();
    notifier.run(atGate(nowMs + 120 * minute), now());
    notifier.end(now());
    await notifier.flush();

    expect(kinds()).toEqual([]);
  });

  it('does not tell of an end that was there before it began', async () => {
    const { notifier, pass, kinds } = aNotified();
    notifier.run(atWork({ end: { endedAt: nowMs - 1, outcome: 'VERIFIED', summary: 'well' } }), nowMs);
    await pass(minute);
    await notifier.flush();

    expect(kinds()).toEqual([]);
  });

  it('does not repeat what another command told of the same run', async () => {
    const store = createMemoryStore();
    const first = aNotified(store);
    first.notifier.run(atWork(), nowMs);
    first.notifier.server(failed(1), nowMs);
    await first.pass(2_000);
    await first.notifier.flush();
    const last = aNotified(store);
    last.notifier.run(atWork(), nowMs);
    last.notifier.server(failed(1), nowMs);
    await last.pass(minute);

    expect(first.kinds()).toEqual(['FAILURE']);
    expect(last.kinds()).toEqual([]);
    expect(await createRunNoticesLedger(store).read(runID('night-1'))).toHaveLength(1);
  });

  it('tells of each wave of a migration under its own run', async () => {
    const { notifier, pass, chat } = aNotified();
    for (const wave of ['crm', 'erp']) {
      notifier.run(atWork({ runID: runID(`move-${wave}`) }), nowMs, wave);
      notifier.server(failed(wave === 'crm' ? 1 : 2), nowMs, wave);
    }
    await pass(2_000);

    expect(chat.map(({ subject }) => subject)).toEqual([
      'mgn-cutover ACT: 1 of 1 source server failed: move-crm',
      'mgn-cutover ACT: 1 of 1 source server failed: move-erp',
    ]);
  });

  it('says once that the chat cannot be told, tries every minute, and tells it when it is back', async () => {
    const { notifier, pass, down, failures, kinds, tries } = aNotified();
    down(true);
    notifier.run(atWork(), nowMs);
    notifier.server(failed(1), nowMs);
    await pass(2_000);
    for (let number = 2; number < 20; number += 1) {
      notifier.server(failed(number), nowMs);
      await pass(10_000);
    }
    expect(failures).toEqual(['the chat could not be told: the webhook answered 500']);
    expect(tries()).toBe(4);

    down(false);
    await pass(minute);
    expect(kinds()).toEqual(['FAILURE']);
  });

  it('says so and goes on when the ledger does not take what was told', async () => {
    const store = createMemoryStore();
    const { notifier, pass, failures } = aNotified({ ...store, readAll: () => Promise.reject(new Error('locked')) });
    notifier.run(atWork(), nowMs);
    await pass(2_000);

    expect(failures).toEqual(['the chat could not be told: locked']);
  });

  it('keeps no command waiting for a chat that does not answer', async () => {
    const given: string[] = [];
    let runOut: (() => void) | undefined;
    const notifier = createNotifier({
      // Nothing ever comes of it.
      channel: { name: 'WEBHOOK', tell: () => new Promise(() => undefined) },
      notices: createRunNoticesLedger(createMemoryStore()),
      clock: { now: () => nowMs },
      place: { region: 'eu-west-1', flags: '' },
      onFailure: () => undefined,
      giveUp: () => given.push('up'),
      after: (ms, look) => {
        if (ms === 10_000) runOut = look;
        return () => undefined;
      },
    });
    notifier.begin(header, nowMs);
    notifier.server(failed(1), nowMs);
    notifier.run(atWork(), nowMs);
    const flushed = notifier.flush();
    runOut?.();
    await flushed;

    expect(given).toEqual(['up']);
  });
});
