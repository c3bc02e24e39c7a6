/** The program a person asks for nights: what it is asked wrongly it says, and plays nothing. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(__dirname, 'simulate.ts'), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

it('says how it is asked', async () => {
  await expect(simulate('--help')).resolves.toMatchObject({ code: 0, stdout: expect.stringContaining('Usage:') });
});

it.each([
  [['--seeds', 'many'], '--seeds takes a whole number'],
  [['--from', '1e5'], '--from takes a whole number'],
  [['--seeds', '0'], '--seeds takes at least 1'],
  [['--trace'], '--trace is for one night'],
  [['--seed', '17', '--json'], '--json is for many nights'],
  [['--sede', '17'], "Unknown option '--sede'"],
])('refuses %j and says why', async (args, why) => {
  const { code, stdout, stderr } = await simulate(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(why);
  expect(stderr).toContain('Usage:');
});

it('plays the nights it is asked for, and no others', async () => {
  const { code, stdout } = await simulate('--seeds', '2', '--from', '1');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^2 seeds, 0 broken/) });
});
