import { readFile } from 'node:fs/promises';
import { DescribeJobsCommand, MgnClient } from '@aws-sdk/client-mgn';
import { type Time, withRealTime, withVirtualTime } from '../../local/virtual-time.ts';

const START_MS = Date.UTC(2026, 0, 1);
const options = { startMs: START_MS, seed: 7 };

const never = () => new Promise<never>(() => undefined);

describe('withVirtualTime', () => {
  it('starts at startMs and lets hours of timers pass at once, in their order', async () => {
    const startedMs = performance.now();
    const seen: string[] = [];
    const endMs = await withVirtualTime(options, async (time) => {
      const wait = async (hours: number) => {
        await time.sleep(hours * 3_600_000);
        seen.push(`${hours} h at ${new Date().toISOString()}`);
      };
      await Promise.all([wait(5), wait(2), wait(3)]);
      return time.now();
    });

    expect(seen).toEqual([
      '2 h at 2026-01-01T02:00:00.000Z',
      '3 h at 2026-01-01T03:00:00.000Z',
      '5 h at 2026-01-01T05:00:00.000Z',
    ]);
    expect(endMs).toBe(START_MS + 5 * 3_600_000);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('runs intervals, and clears them', async () => {
    const ticks = await withVirtualTime(options, async (time) => {
      let count = 0;
      const interval = setInterval(() => (count += 1), 10_000);
      await time.sleep(65_000);
      clearInterval(interval);
      await time.sleep(65_000);
      return count;
    });

    expect(ticks).toBe(6);
  });

  it('clears a timer that was set before it began, as one of a connection that closes meanwhile', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    let isFired = false;
    const earlier = setTimeout(() => (isFired = true), 20);
    await withVirtualTime(options, async (time) => {
      clearTimeout(earlier);
      await time.sleep(1_000);
    });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(isFired).toBe(false);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('does everything that can be done before it moves on, however many promises it takes', async () => {
    const atMs = await withVirtualTime(options, async (time) => {
      const tooLate = time.sleep(1).then(() => 'moved');
      const chain = (async () => {
        for (let step = 0; step < 10_000; step += 1) {
          await Promise.resolve();
        }
        return 'done';
      })();
      return [await Promise.race([chain, tooLate]), time.now()];
    });

    expect(atMs).toEqual(['done', START_MS]);
  });

  it('seeds Math.random', async () => {
    const numbers = (seed: number) =>
      withVirtualTime({ ...options, seed }, () => Promise.resolve([Math.random(), Math.random(), Math.random()]));
    const first = await numbers(1);

    expect(await numbers(1)).toEqual(first);
    expect(await numbers(2)).not.toEqual(first);
    expect(await numbers(0)).not.toEqual(first);
    first.forEach((number) => {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    });
  });

  it('puts everything back, also after a failure', async () => {
    const natives = [setTimeout, clearTimeout, setInterval, clearInterval, Date, Math.random];
    await withVirtualTime(options, () => Promise.resolve());
    const failure = withVirtualTime(options, async (time) => {
      await time.sleep(5);
      throw new Error('broken');
    });

    await expect(failure).rejects.toThrow('broken');
    expect([setTimeout, clearTimeout, setInterval, clearInterval, Date, Math.random]).toEqual(natives);
    expect(Date.now()).not.toBe(START_MS);
  });

  it('says that a body is stuck when nothing can wake it', async () => {
    const stuck = withVirtualTime(options, async (time) => {
      await time.sleep(60_000);
      await never();
    });

    await expect(stuck).rejects.toThrow('Nothing is left to wait for at 2026-01-01T00:01:00.000Z');
  });

  it('gives a body up that never ends', async () => {
    const endless = withVirtualTime({ ...options, durationMaxMs: 3_600_000 }, async () => {
      setInterval(() => undefined, 60_000);
      await never();
    });

    await expect(endless).rejects.toThrow('The run did not end by 2026-01-01T01:00:00.000Z.');
  });

  it('can be had by one body at a time', async () => {
    await withVirtualTime(options, async () => {
      await expect(withVirtualTime(options, () => Promise.resolve())).rejects.toThrow('already in use');
    });

    await expect(withVirtualTime(options, () => Promise.resolve('again'))).resolves.toBe('again');
  });

  it('warms up on real time first', async () => {
    const warmUp = async () => {
      expect(Date.now()).toBeGreaterThan(START_MS);
      await new Promise((resolve) => setTimeout(resolve, 1));
    };

    expect(await withVirtualTime({ ...options, warmUp }, (time) => Promise.resolve(time.now()))).toBe(START_MS);
  });

  it('stands still while held work does real I/O', async () => {
    const atMs = await withVirtualTime(options, async (time) => {
      setTimeout(() => undefined, 1);
      await time.hold(readFile(__filename));
      await time.hold(readFile(__filename));
      return time.now();
    });

    expect(atMs).toBe(START_MS);
  });

  it('gives tracked work turns of the event loop, and lets it wait on virtual time', async () => {
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const times = await withVirtualTime(options, async (time) => {
      setInterval(() => undefined, 1000);
      await time.track(turns(5));
      const afterTurns = time.now() - START_MS;
      await time.track(time.sleep(90_000));
      return [afterTurns, time.now() - START_MS];
    });

    expect(times).toEqual([0, 90_000]);
  });

  it('leaves the real SDK the time it needs for each call, and its retries wait in virtual time', async () => {
    let calls = 0;
    const handle = () => {
      calls += 1;
      const isThrottled = calls % 10 === 0;
      const headers: Record<string, string> = isThrottled ? { 'x-amzn-errortype': 'ThrottlingException' } : {};
      return Promise.resolve({
        response: { statusCode: isThrottled ? 429 : 200, headers, body: Buffer.from('{"items":[]}') },
      });
    };
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    const client = new MgnClient({ region: 'us-east-1', credentials, requestHandler: { handle } });
    const describe = () => client.send(new DescribeJobsCommand({}));
    const elapsedMs = await withVirtualTime(
      { ...options, warmUp: () => describe().then(() => undefined) },
      async (time) => {
        for (let poll = 0; poll < 45; poll += 1) {
          const timeout = time.sleep(20_000).then(() => 'timed out');
          expect(await Promise.race([time.track(describe()), timeout])).toMatchObject({ items: [] });
        }
        return time.now() - START_MS;
      },
    );

    expect(calls).toBe(51);
    expect(elapsedMs).toBeGreaterThan(0);
    expect(elapsedMs).toBeLessThan(20_000);
  });

  it('keeps to the pace asked for, and ends at once when the body ends', async () => {
    const wallMs = async (body: (time: Time) => Promise<void>) => {
      const startedMs = performance.now();
      await withVirtualTime({ ...options, paceRatioMax: 1000 }, body);
      return performance.now() - startedMs;
    };
    const paced = await wallMs(async (time) => {
      await time.sleep(30_000);
      await time.sleep(30_000);
      await time.sleep(1);
    });

    expect(paced).toBeGreaterThanOrEqual(59);
    expect(await wallMs((time) => time.sleep(60_000_000))).toBeLessThan(5000);
  });
});

describe('withRealTime', () => {
  it("offers the same, by the wall's clock", async () => {
    const { beforeMs, afterMs, work } = await withRealTime(async (time) => {
      const startMs = time.now();
      await time.sleep(2);
      return { beforeMs: startMs, afterMs: time.now(), work: await time.hold(time.track(Promise.resolve('done'))) };
    });

    expect(afterMs - beforeMs).toBeGreaterThanOrEqual(1);
    expect(Math.abs(afterMs - Date.now())).toBeLessThan(5000);
    expect(work).toBe('done');
  });
});
