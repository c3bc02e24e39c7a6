/** A simulator with a clock the test turns, and the real SDK client on its in-process door. */
import { MgnClient } from '@aws-sdk/client-mgn';

import type { CallRecord } from '../../simulator/call-log.ts';
import { createRequestHandler } from '../../simulator/request-handler.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { createSimulator } from '../../simulator/simulator.ts';
import type { WireResponse } from '../../simulator/wire/http-message.ts';

/** When the scenarios of these tests begin. */
export const startMs = Date.parse('2026-03-07T22:00:00Z');

/** What every client of a simulator is made with; one attempt, so that a test sees each answer. */
export const clientOptions = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  maxAttempts: 1,
};

/** Starts a simulator of a scenario, still unparsed. */
export const simulatedAccount = (scenario: unknown, seed = 1) => {
  let nowMs = startMs;
  const slept: number[] = [];
  const calls: CallRecord[] = [];
  const simulator = createSimulator({
    scenario: parseScenario(scenario),
    seed,
    now: () => nowMs,
    onCall: (call) => calls.push(call),
  });
  const sleep = (milliseconds: number): Promise<void> => {
    slept.push(milliseconds);
    return Promise.resolve();
  };
  const client = new MgnClient({ ...clientOptions, requestHandler: createRequestHandler(simulator, sleep) });
  return {
    client,
    simulator,
    slept,
    calls,
    advanceSeconds: (seconds: number) => {
      nowMs += seconds * 1000;
    },
    /** Sends what no SDK would, and answers what came back. */
    raw: (method: string, path: string, body: string): WireResponse => {
      const { outcome } = simulator.answer({ method, path, query: {}, body });
      if (outcome.kind === 'lost') throw new Error(`no answer: ${outcome.how}`);
      return outcome.response;
    },
  };
};
