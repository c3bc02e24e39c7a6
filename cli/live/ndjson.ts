/** Progress for another program: one JSON object a line, `type` first. `at` is ISO 8601 in UTC. */
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { writeLine, type OutputStream } from '../io.ts';
import { safeJson } from './neutral.ts';
import type { Progress } from './progress.ts';
import { wavesThatCameOn } from './wave-words.ts';

/** Writes one event. */
export function writeEvent(stream: OutputStream, type: string, at: number, body: object): void {
  writeLine(stream, safeJson({ type, at: new Date(at).toISOString(), ...body }));
}

/** Writes events of the types run, run-record, wave, server, execution, waiting and remark to `stream`; the command itself writes the `end`. */
export function createJsonProgress(stream: OutputStream): Progress {
  const told = new Map<string, string>();
  const cameOn = wavesThatCameOn();
  return {
    begin(header, at) {
      writeEvent(stream, 'run', at, { run: header });
    },
    server(record, at, wave) {
      const event = { ...(wave === undefined ? {} : { wave }), ...eventOf(record) };
      const text = JSON.stringify(event);
      const isNews = told.get(record.sourceServerID) !== text;
      told.set(record.sourceServerID, text);
      if (isNews) writeEvent(stream, 'server', at, event);
    },
    run(record, at, wave) {
      const event = { ...(wave === undefined ? {} : { wave }), ...runEventOf(record) };
      const text = JSON.stringify(event);
      const isNews = told.get(record.runID) !== text;
      told.set(record.runID, text);
      if (isNews) writeEvent(stream, 'run-record', at, event);
    },
    heard: () => undefined,
    waves(records, at) {
      for (const { name, runID, state, outcome, summary, sourceServerCount } of cameOn(records))
        writeEvent(stream, 'wave', at, { wave: name, runID, state, outcome, summary, sourceServerCount });
    },
    execution(news, at) {
      writeEvent(stream, 'execution', at, news);
    },
    waiting(lines, at) {
      writeEvent(stream, 'waiting', at, { lines });
    },
    remark(sentence, at) {
      writeEvent(stream, 'remark', at, { sentence });
    },
    end: () => undefined,
  };
}

function eventOf(record: ServerRecord): object {
  const { sourceServerID, hostname, applicationID, applicationName, batchID, phase, phaseAt, verdict } = record;
  return {
    sourceServerID,
    hostname,
    applicationID,
    applicationName,
    batchID,
    phase,
    phaseSince: new Date(phaseAt).toISOString(),
    verdict,
    reasons: record.reasons,
    warnings: record.warnings,
    lifeCycleState: record.lifeCycleState,
    jobID: record.cutover?.jobID,
    ec2InstanceID: record.cutover?.ec2InstanceID,
    actions: record.actions,
  };
}

/** What concerns those who watch: who holds the run changes every few minutes, and a gate's token is nobody's business. */
function runEventOf({ runID, input, plan, gates, end }: RunRecord): object {
  return {
    runID,
    window: input.window,
    plan: plan && {
      decision: plan.decision,
      reasons: plan.reasons,
      notes: plan.notes,
      expected: plan.expected,
      lastSafeStartAt: isoIfAny(plan.lastSafeStartAt),
    },
    gates: gates?.map(({ gate, openedAt, closesAt, answer, closedAt }) => ({
      gate,
      openedAt: isoIfAny(openedAt),
      closesAt: isoIfAny(closesAt),
      answer: answer && { ...answer, at: isoIfAny(answer.at) },
      closedAt: isoIfAny(closedAt),
    })),
    end: end && { ...end, endedAt: isoIfAny(end.endedAt) },
  };
}

function isoIfAny(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}
