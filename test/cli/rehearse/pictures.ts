/** A wave of a scenario, and the picture that a rehearsal takes of it, each with its plan. */
import { captureSubject, plansAt, subjectOfCapture, type PlannedRun } from '../../../cli/rehearse/subject.ts';
import { scenarioWorld } from '../../../cli/rehearse/scenario-world.ts';
import { rehearsalStart } from '../../../cli/world.ts';
import type { Preview } from '../../../cli/planning.ts';
import type { CallRecord } from '../../../simulator/call-log.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';

/** Takes a picture of what the input leads to in the scenario. */
export const pictureOf = async (scenarioInput: unknown, rawInput: unknown, isAnonymised = false) => {
  const scenario = parseScenario(scenarioInput);
  const startMs = Date.parse(scenario.startTime ?? rehearsalStart);
  const world = await scenarioWorld({ scenario, seed: 7, startMs, timings: [] });
  const captured = await world.within((session) => captureSubject(world, session, rawInput));
  const subject = await subjectOfCapture(captured, isAnonymised);
  const ofPicture = await plansAt(subject, subject.runs, subject.atMs);
  return {
    captured,
    subject,
    real: onlyPlan(captured.real),
    picture: onlyPlan(ofPicture),
    reals: captured.real,
    ofPicture,
  };
};

const onlyPlan = ([first]: readonly PlannedRun[]): Preview => {
  if (first === undefined) throw new Error('there is no run');
  return first.plan;
};

/** The codes of what blocks each source server, by its ID. */
export const codesByID = ({ report }: Preview): Record<string, string[]> =>
  Object.fromEntries(
    report.servers.map(({ sourceServerID, reasons }) => [sourceServerID, reasons.map(({ code }) => code)]),
  );

/** The codes alone, sorted, for plans whose IDs differ. */
export const allCodes = (plan: Preview): string[] =>
  Object.values(codesByID(plan))
    .map((codes) => codes.join(' '))
    .sort();

/** Names of the operations called. */
export const operationsOf = (calls: readonly CallRecord[]): string[] => [
  ...new Set(calls.map(({ operation }) => operation)),
];
