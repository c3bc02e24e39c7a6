import * as v from 'valibot';

import { faultRuleSchema } from '../../../simulator/faults/fault-rule.ts';

const pathsOf = (rule: unknown): (string | null)[] =>
  (v.safeParse(faultRuleSchema, rule).issues ?? []).map((issue) => v.getDotPath(issue));

describe('faultRuleSchema', () => {
  it.each([
    [{ fault: 'throttle', operation: '*', probability: 0.1 }],
    [{ fault: 'throttle', operation: 'DescribeJobs', firstCalls: 3, retryAfterSeconds: 2 }],
    [{ fault: 'serverError', operation: 'StartCutover', nthCalls: [2, 4], status: 502 }],
    [{ fault: 'reset', operation: 'StartTest', fromSeconds: 60, toSeconds: 120 }],
    [{ fault: 'lostAnswer', operation: 'StartCutover', ending: 'timeout', afterMs: 3000, timesMax: 1 }],
    [{ fault: 'delay', operation: '*', delayMs: 250 }],
    [{ fault: 'staleRead', operation: 'DescribeSourceServers', staleSecondsMax: 5 }],
    [{ fault: 'refuse', operation: 'FinalizeCutover', exception: 'AccessDeniedException', message: 'no' }],
  ])('accepts %j', (rule) => {
    expect(pathsOf(rule)).toEqual([]);
  });

  it.each<[unknown, string | null]>([
    [{ fault: 'explode', operation: '*' }, 'fault'],
    [{ fault: 'reset', operation: 'StartCutOver' }, 'operation'],
    [{ fault: 'reset', operation: '*', probability: 1.5 }, 'probability'],
    [{ fault: 'reset', operation: '*', nthCalls: [] }, 'nthCalls'],
    [{ fault: 'reset', operation: '*', nthCalls: [0] }, 'nthCalls.0'],
    [{ fault: 'reset', operation: '*', delayMs: 5 }, 'delayMs'],
    [{ fault: 'serverError', operation: '*', status: 404 }, 'status'],
    [{ fault: 'delay', operation: '*' }, 'delayMs'],
    [{ fault: 'refuse', operation: '*', exception: 'Nope' }, 'exception'],
    [{ fault: 'reset', operation: '*', fromSeconds: 9, toSeconds: 9 }, null],
  ])('refuses %j at %s', (rule, path) => {
    expect(pathsOf(rule)).toEqual([path]);
  });
});
