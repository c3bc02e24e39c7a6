/**
 * The control path (`/_simulator/…`), outside the service's own paths: read or advance the clock, look at the world,
 * put faults in force, count calls, start over. README.md beside this file documents it.
 */
import * as v from 'valibot';

import type { Clock } from './clock.ts';
import { faultRuleSchema } from './faults/fault-rule.ts';
import type { Simulator } from './simulator.ts';
import { jsonResponse } from './wire/http-message.ts';
import type { WireRequest, WireResponse } from './wire/http-message.ts';
import { inspect, inspectServer } from './world/inspect.ts';

/** Prefix of every control path. */
export const controlPrefix = '/_simulator/';

const advanceSchema = v.strictObject({ advanceSeconds: v.pipe(v.number(), v.minValue(0)) });

const instant = (ms: number): string => new Date(ms).toISOString();

const clockReading = ({ now, startMs, speed }: Clock) => ({
  now: instant(now()),
  startedAt: instant(startMs),
  elapsedSeconds: (now() - startMs) / 1000,
  speed,
});

const problem = (status: number, message: string): WireResponse => jsonResponse(status, { message });

const describeIssue = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
};

/** Answers from a body that fits the schema, or 400 naming what does not. */
const withBody = <Schema extends v.GenericSchema>(
  body: string,
  schema: Schema,
  answer: (value: v.InferOutput<Schema>) => WireResponse,
): WireResponse => {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    return problem(400, 'The body is not JSON.');
  }
  const parsed = v.safeParse(schema, raw);
  return parsed.success ? answer(parsed.output) : problem(400, parsed.issues.map(describeIssue).join('; '));
};

const noContent: WireResponse = { status: 204, headers: {}, body: '' };

type Handler = (request: WireRequest, id: string) => WireResponse;

const serverResponse = (simulator: Simulator, id: string): WireResponse => {
  const home = simulator.world();
  const held = [home, ...home.otherRegions].flatMap((world) =>
    [...world.accounts.values()].map((account) => ({ world, account })),
  );
  const found = held.flatMap(({ world, account }) =>
    [...account.sourceServers.values()]
      .filter(
        ({ sourceServerID, sourceProperties }) =>
          sourceServerID === id || sourceProperties.identificationHints?.hostname === id,
      )
      .map((server) => inspectServer(world, account, server, simulator.now())),
  );
  const [only] = found;
  if (only === undefined) return problem(404, `No source server has the sourceServerID or hostname ${id}.`);
  return found.length === 1
    ? jsonResponse(200, only)
    : problem(409, `${String(found.length)} source servers have the hostname ${id}; ask by sourceServerID.`);
};

const handlersOf = (simulator: Simulator, clock: Clock): Readonly<Record<string, Handler>> => ({
  'GET clock': () => jsonResponse(200, clockReading(clock)),
  'POST clock': ({ body }) =>
    withBody(body, advanceSchema, ({ advanceSeconds }) => {
      clock.advance(advanceSeconds);
      return jsonResponse(200, clockReading(clock));
    }),
  'GET world': () => jsonResponse(200, inspect(simulator.world(), simulator.now())),
  'GET servers/{id}': (_request, id) => serverResponse(simulator, id),
  'GET faults': () => jsonResponse(200, { faults: simulator.faults().list() }),
  'POST faults': ({ body }) =>
    withBody(body, faultRuleSchema, (rule) => jsonResponse(201, { faultID: simulator.faults().add(rule) })),
  'DELETE faults': () => {
    simulator.faults().clear();
    return noContent;
  },
  'DELETE faults/{id}': (_request, id) =>
    simulator.faults().remove(id) ? noContent : problem(404, `No fault ${id} is in force.`),
  'GET calls': () => jsonResponse(200, { calls: simulator.callCounts() }),
  'POST reset': () => {
    clock.reset();
    simulator.reset();
    return jsonResponse(200, clockReading(clock));
  },
});

/** Answers requests under {@link controlPrefix}; what it does not know is 404 with a list of what it does. */
export const createControl = (simulator: Simulator, clock: Clock): ((request: WireRequest) => WireResponse) => {
  const handlers = handlersOf(simulator, clock);
  const known = Object.keys(handlers).map((key) => key.replace(' ', ` ${controlPrefix}`));
  return (request) => {
    const [resource = '', ...rest] = request.path.slice(controlPrefix.length).split('/');
    const id = rest.join('/');
    const handler = handlers[`${request.method} ${resource}${id === '' ? '' : '/{id}'}`];
    if (handler !== undefined) return handler(request, id);
    return jsonResponse(404, { message: `No control path ${request.method} ${request.path}.`, known });
  };
};
