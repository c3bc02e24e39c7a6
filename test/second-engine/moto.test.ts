/** Moto as an optional tool: absent, broken, and gone with whoever started it. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasMoto, serverScript, startMoto } from './moto.ts';

describe('moto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moto-'));
  const path = process.env['PATH'] ?? '';

  /** Puts a program of that name first on the search path. */
  const fake = (script: string) => {
    const file = join(folder, 'moto_server');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path}`;
  };

  afterEach(() => {
    process.env['PATH'] = path;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('counts as absent where the search path does not lead to it', () => {
    expect(hasMoto(join(folder, 'nowhere'))).toBe(false);
    expect(hasMoto('')).toBe(false);
  });

  it('is a failure, and no reason to skip, where it is there but does not start', async () => {
    fake('echo "no module named moto" >&2; exit 1');

    expect(hasMoto(process.env['PATH'])).toBe(true);
    await expect(startMoto(1)).rejects.toThrow('moto_server did not begin to listen: no module named moto');
  });

  it('is ended with the process that started it, however that ends', async () => {
    const pidFile = join(folder, 'pid');
    fake(`echo $$ > ${pidFile}; exec sleep 600`);
    const starter = `require('node:child_process').spawn('/bin/sh', ['-c', ${JSON.stringify(serverScript)}, 'sh', 'moto_server'], { stdio: ['pipe', 'ignore', 'ignore'] })`;
    const owner = spawn(process.execPath, ['-e', starter], { stdio: 'ignore', env: { ...process.env } });
    const pid = await until(() => readPid(pidFile));
    owner.kill('SIGKILL');

    await until(() => (isRunning(pid) ? undefined : true));
    expect(isRunning(pid)).toBe(false);
  }, 30_000);
});

function readPid(file: string): string | undefined {
  try {
    return execFileSync('cat', [file], { encoding: 'utf8', stdio: 'pipe' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

/** Asks until there is an answer, for twenty seconds at the most. */
async function until<T>(ask: () => T | undefined): Promise<T> {
  for (let asked = 0; asked < 400; asked += 1) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await delay(50);
  }
  throw new Error('it did not come to be');
}
