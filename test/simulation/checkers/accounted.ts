/**
 * The report names every source server of the input exactly once and no other; once the run has ended each has a verdict,
 * with a reason where it is not a good one and with next steps where a person is needed, every fact told behind it speaks
 * for it, and the outcome and the summary say the same as the verdicts.
 */
import type { RunReport, ServerReport } from '../../../functions/domain/report.ts';
import type { InspectedAccount } from '../../../simulator/world/inspect.ts';
import type { Checker, Scene } from '../scene.ts';
import { foreignActTimes, nameOf } from './explanations.ts';

/** Watches that the report accounts for everything. */
export function accounted(): Checker {
  return {
    name: 'accounted',
    async atEnd(scene) {
      const found: string[] = [];
      for (const runID of await scene.runIDs()) {
        const { run } = await scene.left(runID);
        // A run whose input led to no source server has nothing to account for.
        if (run.resolvedAt === undefined) continue;
        const report = await scene.report(runID);
        found.push(...miscounts(report.run, report.servers, scene));
        if (run.end !== undefined) found.push(...report.servers.flatMap((server) => unexplained(runID, server)));
        if (run.end !== undefined) found.push(...report.servers.flatMap((server) => contradictions(runID, server)));
        if (run.end !== undefined) found.push(...disagreements(report.run, report.servers));
      }
      return found;
    },
  };
}

function miscounts({ name, target }: RunReport, servers: readonly ServerReport[], scene: Scene): string[] {
  const { script } = scene;
  const account = scene.account();
  if (target.accountID !== undefined && target.accountID !== account.accountID) return [];
  if (target.region !== undefined && target.region !== account.region) return [];
  const meant = idsMeant(target, account);
  const times = new Map<string, number>();
  for (const { sourceServerID } of servers) times.set(sourceServerID, (times.get(sourceServerID) ?? 0) + 1);
  const missing = [...meant].filter((id) => !times.has(id)).map((id) => `run ${name} does not report ${id}`);
  const extra = servers
    .filter((server) => !meant.has(server.sourceServerID) && foreignActTimes(script, server).length === 0)
    .map((server) => `run ${name} reports ${nameOf(server)}, which its input does not name`);
  const repeated = [...times]
    .filter(([, count]) => count > 1)
    .map(([id]) => `run ${name} reports ${id} more than once`);
  return [...missing, ...extra, ...repeated];
}

/** The source servers that an input leads to in the world; what is archived is only led to by its own ID. */
function idsMeant(target: RunReport['target'], { applications, sourceServers }: InspectedAccount): Set<string> {
  if (target.sourceServerIDs !== undefined) return new Set(target.sourceServerIDs);
  const ofWave = applications.filter(({ waveID, isArchived }) => waveID === target.waveID && isArchived !== true);
  const named: readonly string[] = target.applicationIDs ?? ofWave.flatMap(({ applicationID }) => applicationID ?? []);
  const members = sourceServers.filter(
    ({ applicationID, isArchived }) => isArchived !== true && named.includes(applicationID ?? ''),
  );
  return new Set(members.flatMap(({ sourceServerID }) => sourceServerID ?? []));
}

function unexplained(runID: string, server: ServerReport): string[] {
  const who = `${nameOf(server)} of run ${runID}`;
  if (server.verdict === 'UNDECIDED') return [`${who} has no verdict although the run has ended`];
  const isGood = server.verdict === 'VERIFIED' || server.verdict === 'FINALIZED';
  const isTold = server.verdict !== 'NEEDS_A_PERSON' || server.nextSteps.length > 0;
  return [
    ...(isGood || server.reasons.length > 0 ? [] : [`${who} is ${server.verdict} without a reason`]),
    ...(isTold ? [] : [`${who} needs a person who is told nothing`]),
  ];
}

/** Facts told as evidence that do not speak for the verdict; an action that need not succeed may have failed. */
function contradictions(runID: string, server: ServerReport): string[] {
  const { verdict, evidence } = server;
  const isGood = verdict === 'VERIFIED' || verdict === 'FINALIZED';
  const isBack = verdict === 'ROLLED_BACK';
  const ofRollback = evidence.findIndex(({ what }) => what === 'taken back to READY_FOR_CUTOVER');
  const telling = isBack
    ? evidence.slice(ofRollback)
    : evidence.filter(({ what }) => !what.includes('need not succeed'));
  const against = isGood || isBack ? telling.filter(({ holds }) => holds !== 'YES') : [];
  const missing = isBack && ofRollback === -1 ? ['no proof that it is back'] : [];
  return [...missing, ...against.map(({ what, holds, finding }) => `${holds} to "${what}": ${finding}`)].map(
    (fact) => `${nameOf(server)} of run ${runID} is ${verdict} with ${fact}`,
  );
}

const words: Readonly<Record<Exclude<ServerReport['verdict'], 'UNDECIDED'>, string>> = {
  VERIFIED: 'verified',
  FINALIZED: 'finalized',
  ROLLED_BACK: 'rolled back',
  BLOCKED: 'blocked',
  NOT_STARTED: 'not started',
  NEEDS_A_PERSON: 'needing a person',
};

function disagreements({ name, outcome, summary }: RunReport, servers: readonly ServerReport[]): string[] {
  const verdicts = servers.map(({ verdict }) => verdict);
  const fitting = outcomesFitting(verdicts);
  const counts = Object.entries(words).flatMap(([verdict, word]) => {
    const count = verdicts.filter((one) => one === verdict).length;
    return count === 0 ? [] : [`${String(count)} ${word}`];
  });
  const unsaid = counts.filter((count) => !summary.includes(count));
  return [
    ...(fitting.includes(outcome) ? [] : [`run ${name} is called ${outcome} with ${counts.join(', ')}`]),
    ...(unsaid.length === 0 ? [] : [`the summary of run ${name}, "${summary}", does not say ${unsaid.join(', ')}`]),
  ];
}

/** VERIFIED with all verified may also be PARTIAL: finalizing was asked for and did not happen. */
function outcomesFitting(verdicts: readonly ServerReport['verdict'][]): readonly string[] {
  const are = (...some: readonly ServerReport['verdict'][]) => verdicts.every((verdict) => some.includes(verdict));
  if (verdicts.includes('NEEDS_A_PERSON')) return ['NEEDS_A_PERSON'];
  if (are('FINALIZED')) return ['FINALIZED'];
  if (are('FINALIZED', 'VERIFIED')) return ['VERIFIED', 'PARTIAL'];
  return are('BLOCKED', 'NOT_STARTED') ? ['REFUSED', 'PARTIAL'] : ['PARTIAL'];
}
