/** `simulate`: the MGN simulator behind HTTP on this machine, for any tool that takes an endpoint. */
import { Option } from 'commander';
import type { CallRecord } from '../../simulator/call-log.ts';
import { startHttpServer, type SimulatorServer } from '../../simulator/http-server.ts';
import type { Scenario } from '../../simulator/scenario/scenario-schema.ts';
import { audienceOf } from '../audience.ts';
import { CommandError, exitCodes, messageOf, systemCodeOf } from '../exit-code.ts';
import { writeLine, type Io } from '../io.ts';
import { clockTime, cut, plain } from '../live/fit.ts';
import { safeJson } from '../live/neutral.ts';
import { portNumber, speedNumber, wholeNumber, withHelp, type VerbContext } from '../verb.ts';
import { readScenarioFile } from '../world.ts';

/** Flags of `simulate`. */
export interface SimulateFlags {
  readonly scenario: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  /** Simulated seconds a wall second; 0 stands still. */
  readonly speed: number;
  /** When simulated time begins. Clients that know the real time need `now`. */
  readonly begin: 'now' | 'scenario';
  readonly seed: number;
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** Registers `simulate`. */
export function addSimulate({ command, io, end }: VerbContext): void {
  const simulate = command('simulate', 'serve a scenario as an MGN endpoint on this machine')
    .requiredOption('--scenario <file>', 'the scenario')
    .option('--port <n>', 'port to listen on; 0 takes any free one', portNumber, 0)
    .option('--host <address>', 'address to listen on, such as 0.0.0.0 for containers of this machine', '127.0.0.1')
    .option('--speed <x>', 'simulated seconds a second; 0 stands still', speedNumber, 1)
    .addOption(
      new Option('--begin <when>', 'when simulated time begins: now, or at the startTime of the scenario')
        .choices(['now', 'scenario'])
        .default('now'),
    )
    .option('--seed <n>', 'seed of chance and identifiers', wholeNumber, 1)
    .option('--json', 'print the endpoint as JSON; with --verbose each call too, as NDJSON')
    .option('--verbose', 'print every call')
    .action(async (flags: SimulateFlags) => {
      end(await simulateCommand(flags, io));
    });
  withHelp(simulate, {
    examples: ['simulate --scenario examples/scenario.json --port 8080'],
    exitCodes: { 0: 'it was stopped', 2: 'refused, nothing was touched' },
  });
}

/**
 * Serves until it is asked to stop. With `--json` the first line is the endpoint alone and each call is a line after it.
 *
 * @throws CommandError when the scenario is wrong; PortInUseError.
 */
export async function simulateCommand(flags: SimulateFlags, io: Io): Promise<number> {
  const { startTime, ...timeless } = await readScenarioFile(flags.scenario, io);
  const scenario = flags.begin === 'now' || startTime === undefined ? timeless : { ...timeless, startTime };
  if (!isLoopback(flags.host)) {
    const warning = `Whoever can reach ${flags.host} may use this simulator and change what it shows: no signature is checked.`;
    writeLine(io.stderr, `mgn-cutover: warning: ${warning}`);
  }
  const server = await listen(flags, scenario, callLogger(flags, io));
  const stopped = Promise.withResolvers<undefined>();
  const stopListening = io.onInterrupt(() => {
    stopped.resolve(undefined);
  });
  const { endpoint } = server;
  if (flags.json === true) writeLine(io.stdout, JSON.stringify({ endpoint }));
  else audienceOf(io, false).say(welcome(endpoint, scenario.region, flags));
  await stopped.promise;
  stopListening();
  await server.close();
  return exitCodes.done;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

async function listen(
  { port, host, speed, seed }: SimulateFlags,
  scenario: Scenario,
  onCall: ((call: CallRecord) => void) | undefined,
): Promise<SimulatorServer> {
  try {
    return await startHttpServer({ scenario, seed, port, host, speed, ...(onCall && { onCall }) });
  } catch (error) {
    if (!['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'].includes(systemCodeOf(error))) throw error;
    throw new CommandError(`--host: ${host} is no address of this machine (${messageOf(error)}).`);
  }
}

function callLogger({ json, verbose }: SimulateFlags, io: Io): ((call: CallRecord) => void) | undefined {
  if (verbose !== true) return undefined;
  return json === true
    ? ({ at, ...call }) => {
        writeLine(io.stdout, safeJson({ type: 'call', at: new Date(at).toISOString(), ...call }));
      }
    : ({ at, operation, status, error }) => {
        writeLine(
          io.stdout,
          `${clockTime(at)}  ${String(status).padStart(3)}  ${cut(plain(operation), 100)}  ${error ?? ''}`.trimEnd(),
        );
      };
}

function welcome(endpoint: string, region: string, { scenario, speed }: SimulateFlags): string[] {
  const pace = speed === 0 ? 'stands still until it is advanced' : `passes ${String(speed)} times as fast`;
  return [
    `The MGN simulator serves ${scenario} at ${endpoint}; time ${pace}.`,
    'Point any client at it, with whatever credentials:',
    `  aws mgn describe-source-servers --filters isArchived=false --endpoint-url ${endpoint} --region ${region}`,
    `  mgn-cutover run INPUT.json --endpoint ${endpoint} --region ${region}`,
    `  curl -s ${endpoint}/_simulator/world`,
    'Ctrl-C stops it.',
  ];
}
