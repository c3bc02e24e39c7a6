/**
 * Moto's server as a second interpreter of the Amazon States Language: an optional Python program, started on a free
 * loopback port and ended with this process, however it ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { LOCAL_RESIDENCE } from '../../local/arns.ts';

const command = 'moto_server';

/** A running server. */
export interface Moto {
  readonly port: number;
  /** Ends the server and returns once it is gone. */
  stop(): Promise<void>;
}

/** The server is on this machine but could not be brought to answer. */
export class MotoNotStartedError extends Error {
  override readonly name = 'MotoNotStartedError';
}

/** Whether the program is on this machine's search path. */
export function hasMoto(searchPath = process.env['PATH'] ?? ''): boolean {
  return searchPath.split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

/** What a check says, in one line, where the program is absent. */
export const motoIsAbsent = `skipped: ${command} is not on this machine (it comes with the Python package moto[server])`;

const startMs = 60_000;

/**
 * Runs the program named in its arguments, and ends it as soon as its own input ends: which it does even when the process at
 * the other end is killed.
 */
export const serverScript =
  'exec 3<&0; "$@" 3<&- & server=$!; { cat <&3 >/dev/null; kill "$server"; } 2>/dev/null & wait "$server"';
/** Holds what Python loads before moto; the file in it says what is mended and why. */
const repairs = join(__dirname, 'moto-repairs');

/**
 * Starts a server whose state machines are really executed and send their own calls to `callsTo`, a loopback port.
 * @throws MotoNotStartedError
 */
export async function startMoto(callsTo: number): Promise<Moto> {
  const child = spawn('/bin/sh', ['-c', serverScript, 'sh', command, '-H', '127.0.0.1', '-p', '0'], {
    env: {
      ...process.env,
      MOTO_PORT: String(callsTo),
      // The local engine's own account, so that ARNs are comparable.
      MOTO_ACCOUNT_ID: LOCAL_RESIDENCE.accountID,
      AWS_DEFAULT_REGION: LOCAL_RESIDENCE.region,
      PYTHONPATH: repairs,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const isGone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const stop = async () => {
    child.stdin.end();
    await isGone;
  };
  try {
    const port = await portOf(child, isGone);
    await switchOnExecution(port);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The port that the server says it listens on; what else it says is read and dropped. */
async function portOf(child: ChildProcess, isGone: Promise<void>): Promise<number> {
  const said: string[] = [];
  const { stderr } = child;
  if (stderr === null) throw new MotoNotStartedError('The server has no output.');
  const announced = new Promise<number>((resolve) => {
    createInterface({ input: stderr }).on('line', (line) => {
      const port = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
      if (said.length < 20) said.push(line);
    });
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, startMs, 'late');
  });
  const port = await Promise.race([announced, isGone, late]);
  clearTimeout(timer);
  if (typeof port === 'number') return port;
  throw new MotoNotStartedError(`${command} did not begin to listen: ${said.join(' / ')}`);
}

async function switchOnExecution(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
  });
  if (!answer.ok) throw new MotoNotStartedError(`${command} cannot execute state machines: ${await answer.text()}`);
}
