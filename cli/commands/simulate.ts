/** `simulate`: the MGN simulator behind HTTP on this machine, for any tool that takes an endpoint. */
import { startHttpServer } from '../../simulator/http-server.ts';
import type { CallRecord } from '../../simulator/call-log.ts';
import { exitCodes } from '../exit-code.ts';
import { writeLine, type Io } from '../io.ts';
import { clockTime } from '../live/fit.ts';
import { readScenarioFile } from '../world.ts';

/** Flags of `simulate`. */
export interface SimulateFlags {
  readonly scenario: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Simulated seconds a wall second; 0 stands still. */
  readonly speed: number;
  readonly seed: number;
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/**
 * Serves until it is asked to stop. With `--json` the first line is the endpoint alone and each call is a line after it.
 *
 * @throws CommandError when the scenario is wrong; PortInUseError.
 */
export async function simulateCommand(flags: SimulateFlags, io: Io): Promise<number> {
  const scenario = await readScenarioFile(flags.scenario, io);
  const { port, speed, seed } = flags;
  const onCall = callLogger(flags, io);
  const server = await startHttpServer({ scenario, seed, port, speed, ...(onCall && { onCall }) });
  const stopped = Promise.withResolvers<undefined>();
  const stopListening = io.onInterrupt(() => {
    stopped.resolve(undefined);
  });
  const { endpoint } = server;
  if (flags.json === true) writeLine(io.stdout, JSON.stringify({ endpoint }));
  else for (const line of welcome(endpoint, scenario.region, flags)) writeLine(io.stdout, line);
  await stopped.promise;
  stopListening();
  await server.close();
  return exitCodes.done;
}

function callLogger({ json, verbose }: SimulateFlags, io: Io): ((call: CallRecord) => void) | undefined {
  if (verbose !== true) return undefined;
  return json === true
    ? ({ at, ...call }) => {
        writeLine(io.stdout, JSON.stringify({ type: 'call', at: new Date(at).toISOString(), ...call }));
      }
    : ({ at, operation, status, error }) => {
        writeLine(io.stdout, `${clockTime(at)}  ${String(status).padStart(3)}  ${operation}  ${error ?? ''}`.trimEnd());
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
