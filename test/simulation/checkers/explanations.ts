/**
 * What of a script may explain that a night did not go as a quiet one does. Checkers that hold only as long as nothing
 * interferes ask here, so that all of them mean the same by that.
 */
import { startMs } from '../../support/a-run.ts';
import type { Scene } from '../scene.ts';
import type { Script } from '../script.ts';

/** A source server as checkers name it. */
export interface Named {
  readonly hostname?: string | undefined;
  readonly sourceServerID: string;
}

/** Its host name, or its ID where it has none. */
export const nameOf = ({ hostname, sourceServerID }: Named): string => hostname ?? sourceServerID;

/** When somebody else calls MGN for the source server, in epoch milliseconds; holds and quotas change nothing of it. */
export function foreignActTimes({ scenario }: Script, server: Named): number[] {
  return (scenario.foreignActivity ?? []).flatMap((act) => {
    if (!('atSeconds' in act) || act.act === 'ModifyLaunchTemplate') return [];
    const isNamed = act.servers.some((name) => name === server.hostname || name === server.sourceServerID);
    return isNamed ? [startMs + act.atSeconds * 1_000] : [];
  });
}

/** Whether somebody else has called MGN for the source server between two moments, epoch milliseconds. */
export function isActedOn(script: Script, server: Named, fromMs: number, toMs: number): boolean {
  return foreignActTimes(script, server).some((at) => at >= fromMs && at <= toMs);
}

/**
 * How far what a step saw of the world may lie behind the moment at which it has ended, in milliseconds: its clock runs
 * ahead, its reads are stale, or its calls are slow and repeated.
 */
export function latenessMs({ scenario, stepFaults, skewMs }: Script): number {
  const faults = scenario.faults ?? [];
  const staleSeconds = faults.map((rule) => (rule.fault === 'staleRead' ? rule.staleSecondsMax : 0));
  const isSlow = faults.length > 0 || stepFaults.length > 0;
  return 10_000 + Math.abs(skewMs) + Math.max(0, ...staleSeconds) * 1_000 + (isSlow ? 300_000 : 0);
}

/** What may go wrong in a night beside what a step, its retries and MGN's own retries get over. */
export type Trouble = 'others' | 'outage' | 'refusal' | 'stuck' | 'stop' | 'step' | 'ledger' | 'hook' | 'skew';

/** The kinds of trouble in the script. */
export function troublesOf(script: Script): ReadonlySet<Trouble> {
  const troubles = new Set<Trouble>();
  const { scenario, acts, stepFaults, ledgerFaults, hookFaults, skewMs } = script;
  if ((scenario.foreignActivity ?? []).length > 0) troubles.add('others');
  for (const rule of scenario.faults ?? []) {
    if (rule.fault === 'refuse') troubles.add('refusal');
    else if (rule.fault !== 'staleRead' && isLasting(rule)) troubles.add('outage');
  }
  if (/"stuck"|"terminate":/.test(JSON.stringify(scenario))) troubles.add('stuck');
  if (acts.some(({ act }) => act === 'stop') || stepFaults.some(({ fault }) => fault === 'stop')) troubles.add('stop');
  if (stepFaults.some((fault) => !isSmall(fault)) || stepFaults.length > smallStepFaultsMax) troubles.add('step');
  if (ledgerFaults.length > smallLedgerFaultsMax) troubles.add('ledger');
  if (hookFaults.length > 0) troubles.add('hook');
  if (Math.abs(skewMs) > 60_000) troubles.add('skew');
  return troubles;
}

/** More of them than any one step's retries, or the deadlines, are made for may meet in one place. */
const smallStepFaultsMax = 4;
const smallLedgerFaultsMax = 4;

type FaultRule = NonNullable<Script['scenario']['faults']>[number];

/** Strikes so often, for a while or always, that retries do not get over it. */
function isLasting({ probability = 1, firstCalls, nthCalls, timesMax }: FaultRule): boolean {
  const isCounted = [firstCalls, timesMax, nthCalls?.length].some((times) => times !== undefined && times <= 3);
  return !isCounted && probability > 0.1;
}

/** Every task is tried again that often after Lambda's own failures. */
const smallTimesMax = 3;

function isSmall(fault: Script['stepFaults'][number]): boolean {
  switch (fault.fault) {
    case 'error':
      return isLambdas(fault.error) && fault.times <= smallTimesMax;
    case 'lost':
      return isLambdas(fault.error);
    case 'late':
      return isLambdas(fault.error) && fault.seconds <= 60;
    case 'twice':
    case 'atOnce':
    case 'dies':
      return true;
    case 'timeout':
    case 'stop':
      return false;
  }
}

const isLambdas = (error: string) => /^(Lambda\.|Sandbox\.|Runtime\.)/.test(error);

/** Whether a person asked for something about single source servers of the run. */
export function isSinglyAsked({ started }: Pick<Scene, 'started'>, runID: string): boolean {
  return started.some(
    ({ machine, runID: of, input }) =>
      of === runID &&
      (machine === 'rollback' || machine === 'commit') &&
      typeof input === 'object' &&
      input !== null &&
      'sourceServerIDs' in input,
  );
}
