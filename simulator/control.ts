/**
 * The control path (`/_simulator/…`), outside the service's own paths: read or advance the clock, look at the world,
 * put faults in force, count calls, start over. README.md beside this file documents it.
 */
import * as v from 'valibot';

import type { Clock } from './clock.ts';
import { faultRuleSchema } from './faults/fault-rule.ts';
import type { Simulator } from './simulator.ts';
import { shownText } from './shown-text.ts';
import { jsonResponse } from './wire/http-message.ts';
import type { WireRequest, WireResponse } from './wire/http-message.ts';
import { parseJson } from './wire/parse-json.ts';
import { inspect, inspectServer } from './world/inspect.ts';

/** Prefix of every control path. */
export const controlPrefix = '/_simulator/';

/** Ten years. */
const advanceSecondsMax = 315_360_000;

const advanceSchema = v.strictObject({
  advanceSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(advanceSecondsMax)),
});

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
  const message = shownText(issue.message, messageMax);
  return path === null ? message : `${shownText(path)}: ${message}`;
};

/** Longest message of an issue: the longest lists the operations that a fault may name. */
const messageMax = 2_000;
const issuesMax = 20;

/** Answers from a body that fits the schema, or 400 naming what does not. */
const withBody = <Schema extends v.GenericSchema>(
  body: string,
  schema: Schema,
  answer: (value: v.InferOutput<Schema>) => WireResponse,
): WireResponse => {
  const raw = parseJson(body);
  if (raw === undefined) return problem(400, 'The body is not JSON.');
  const parsed = v.safeParse(schema, raw);
  if (parsed.success) return answer(parsed.output);
  return problem(400, parsed.issues.slice(0, issuesMax).map(describeIssue).join('; '));
};

/** Most faults in force: every call looks at all of them. */
const faultsMax = 1_000;

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
  if (only === undefined) return problem(404, `No source server has the sourceServerID or hostname ${shownText(id)}.`);
  return found.length === 1
    ? jsonResponse(200, only)
    : problem(409, `${String(found.length)} source servers have the hostname ${shownText(id)}; ask by sourceServerID.`);
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
    withBody(body, faultRuleSchema, (rule) =>
      simulator.faults().list().length < faultsMax
        ? jsonResponse(201, { faultID: simulator.faults().add(rule) })
        : problem(409, `${String(faultsMax)} faults are in force; lift some of them first.`),
    ),
  'DELETE faults': () => {
    simulator.faults().clear();
    return noContent;
  },
  'DELETE faults/{id}': (_request, id) =>
    simulator.faults().remove(id) ? noContent : problem(404, `No fault ${shownText(id)} is in force.`),
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
    return jsonResponse(404, { message: `No control path ${request.method} ${shownText(request.path)}.`, known });
  };
};
