/** What a rehearsal is meant to end with, for `--expect`: a scenario with its expectation is a test anybody can run. */
import * as v from 'valibot';
import { describeIssue } from '../functions/domain/run-input.ts';
import { verdicts } from '../functions/domain/server-record.ts';
import { listProblems, shownText } from '../functions/domain/shown-text.ts';
import { CommandError } from './exit-code.ts';
import type { FullReport } from './full-report.ts';
import type { Io } from './io.ts';
import { readJson } from './read-json.ts';

const ExpectationSchema = v.strictObject({
  description: v.optional(v.string()),
  verdicts: v.record(v.string(), v.picklist(verdicts)),
});

/** The verdict meant for each source server, by host name or source server ID. */
export type Expectation = v.InferOutput<typeof ExpectationSchema>;

/**
 * Reads an expectation.
 *
 * @throws CommandError when the file cannot be read or says something else.
 */
export async function readExpectation(path: string, io: Pick<Io, 'stdin'>): Promise<Expectation> {
  const parsed = v.safeParse(ExpectationSchema, await readJson('--expect', path, io));
  if (parsed.success) return parsed.output;
  throw new CommandError(`--expect: ${path}: ${listProblems(parsed.issues.map(describeIssue))}.`);
}

/** What is not as it was meant to be, a sentence each; empty when all is. */
export function differencesFrom({ verdicts: meant }: Expectation, { servers }: Pick<FullReport, 'servers'>): string[] {
  const isMeant = (server: FullReport['servers'][number], name: string) =>
    server.hostname === name || server.sourceServerID === name;
  const wrong = Object.entries(meant).flatMap(([name, verdict]) => {
    const server = servers.find((candidate) => isMeant(candidate, name));
    if (server === undefined) return [`${shownText(name)} should be ${verdict} and is not in the run`];
    return server.verdict === verdict ? [] : [`${shownText(name)} should be ${verdict} and is ${server.verdict}`];
  });
  const unnamed = servers.filter((server) => !Object.keys(meant).some((name) => isMeant(server, name)));
  return [
    ...wrong,
    ...unnamed.map(
      (server) =>
        `${shownText(server.hostname ?? server.sourceServerID)} is ${server.verdict} and was not expected at all`,
    ),
  ];
}

/** How it compares, for a person: the differences, or that all `count` verdicts are as the file at `path` expects. */
export function expectationLines(differences: readonly string[], count: number, path: string): string[] {
  if (differences.length === 0) return ['', `All ${String(count)} verdicts are as ${path} expects.`];
  return ['', `Not as ${path} expects:`, ...differences.map((difference) => `  ${difference}`)];
}
