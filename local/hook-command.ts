/** Runs hooks on this machine: commands as processes, Lambda functions and Automation documents through AWS. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { HookPayload } from '../functions/domain/hook-payload.ts';
import { createCapture } from '../functions/domain/hook-output.ts';
import type { HookVerdict } from '../functions/domain/hook-record.ts';
import { createCloudHookRunner, hookSender, readHookEndpoints } from '../functions/hooks/cloud-hook-runner.ts';
import type { HookRunner } from '../functions/hooks/hook-runner.ts';
import type { MgnClients } from '../functions/mgn/mgn-adapter.ts';
import type { Time } from './virtual-time.ts';

/** A command that was begun by this process. */
interface RunningCommand {
  readonly child: ChildProcess;
  verdict: HookVerdict | undefined;
}

const prefix = 'command:';
/** How long a command that was told to end is given before it is killed, in milliseconds. */
const killMs = 5_000;

/** A runner for this machine; AWS is called with the region and the credentials of the MGN clients. */
export function createLocalHookRunner(clients: Pick<MgnClients, 'reader'>, time: Time): HookRunner {
  const commands = createCommandRunner();
  const sender = () => hookSender(clients, time, (ms) => time.sleep(ms));
  const cloud = createCloudHookRunner(sender, readHookEndpoints(process.env));
  const runnerOf = (externalID: string) => (externalID.startsWith(prefix) ? commands : cloud);
  return {
    start: (hook, payload) => (hook.command === undefined ? cloud : commands).start(hook, payload),
    look: (externalID) => runnerOf(externalID).look(externalID),
    stop: (externalID) => runnerOf(externalID).stop(externalID),
  };
}

/**
 * A runner of commands: without a shell, the payload as JSON on standard input, the hook's name in `MGN_CUTOVER_HOOK`. The
 * exit code is the verdict. A command that an earlier process began counts as failed, because nobody saw it end.
 */
export function createCommandRunner(): HookRunner {
  const begun = new Map<string, RunningCommand>();
  return {
    start: ({ command: [program = '', ...words] = [] }, payload) => {
      const externalID = `${prefix}${payload.token}`;
      begun.set(externalID, run(program, words, payload));
      return Promise.resolve({ externalID });
    },
    look: (externalID) => {
      const lost = { succeeded: false, output: '', reason: 'the process that ran the command has ended' };
      const command = begun.get(externalID);
      return Promise.resolve(command === undefined ? lost : command.verdict);
    },
    stop: (externalID) => {
      const child = begun.get(externalID)?.child;
      child?.kill('SIGTERM');
      setTimeout(() => child?.kill('SIGKILL'), killMs).unref();
      return Promise.resolve();
    },
  };
}

function run(program: string, words: readonly string[], payload: HookPayload): RunningCommand {
  const capture = createCapture();
  const child = spawn(program, words, { env: { ...process.env, MGN_CUTOVER_HOOK: payload.hook } });
  const running: RunningCommand = { child, verdict: undefined };
  const end = (reason: string | undefined) => {
    running.verdict ??= { succeeded: reason === undefined, output: capture.text(), reason };
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      capture.add(text);
    });
  }
  // A command that does not read what it is told closes its end of the pipe; that is its own business.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(payload));
  child.on('error', (error) => {
    end(`${program} could not be run: ${error.message}`);
  });
  child.on('close', (code, signal) => {
    end(code === 0 ? undefined : code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${String(code)}`);
  });
  return running;
}
