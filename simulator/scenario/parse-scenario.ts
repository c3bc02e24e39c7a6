/** Reads a scenario: refuses what is wrong with every problem named by its path, and what contradicts itself. */
import * as v from 'valibot';

import { shownText } from '../shown-text.ts';
import { scenarioSchema } from './scenario-schema.ts';
import type { AccountScenario, Scenario } from './scenario-schema.ts';
import type { ServerScenario } from './server-schema.ts';

/** One problem of a scenario; `path` is empty for the scenario as a whole, else like `waves[0].name`. */
export interface ScenarioProblem {
  readonly path: string;
  readonly message: string;
}

/** Longest message of one problem: the longest lists the operations that a fault may name. */
const messageMax = 2_000;

/** A scenario that cannot be used; the message lists every problem with its path. */
export class InvalidScenarioError extends Error {
  override readonly name = 'InvalidScenarioError';
  readonly problems: readonly ScenarioProblem[];

  constructor(problems: readonly ScenarioProblem[]) {
    const lines = problems.map(({ path, message }) => {
      const shown = shownText(message, messageMax);
      return path === '' ? shown : `${shownText(path)}: ${shown}`;
    });
    super(`The scenario is not valid: ${lines.join('; ')}`);
    this.problems = problems;
  }
}

/** Most source servers of a scenario, in all its accounts: they take 700 MB of memory. */
const serversMax = 50_000;

/** Problems named at most; a file that is wrong throughout needs no longer list. */
const problemsMax = 20;

/**
 * Parses a scenario that was read already.
 *
 * @throws InvalidScenarioError naming every problem with its path.
 */
export const parseScenario = (input: unknown): Scenario => {
  const parsed = v.safeParse(scenarioSchema, input);
  if (!parsed.success) throw new InvalidScenarioError(parsed.issues.slice(0, problemsMax).map(problemOf));
  const problems = contradictionsOf(parsed.output);
  if (problems.length > 0) throw new InvalidScenarioError(problems.slice(0, problemsMax));
  return parsed.output;
};

/**
 * Parses the text of a scenario file.
 *
 * @throws InvalidScenarioError also when the text is not JSON.
 */
export const readScenario = (text: string): Scenario => {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidScenarioError([{ path: '', message: `not JSON (${reason})` }]);
  }
  return parseScenario(input);
};

type Path = readonly (string | number)[];

interface Leaf {
  readonly path: Path;
  readonly issue: v.BaseIssue<unknown>;
}

const keysOf = (issue: v.BaseIssue<unknown>): Path =>
  (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));

/** What went wrong in each branch of a union, at any depth; an issue of anything else is its own leaf. */
const leavesOf = (issue: v.BaseIssue<unknown>): Leaf[] => {
  const path = keysOf(issue);
  const inner = issue.type === 'union' ? (issue.issues ?? []).flatMap(leavesOf) : [];
  return [{ path, issue }, ...inner.map((leaf) => ({ ...leaf, path: [...path, ...leaf.path] }))];
};

const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );

/** Of a union's branches, the problem of the one that came furthest: it is the one the author meant. */
const problemOf = (issue: v.BaseIssue<unknown>): ScenarioProblem => {
  const leaf = leavesOf(issue).reduce((best, next) => (next.path.length > best.path.length ? next : best));
  const isUnknownKey = leaf.issue.type === 'strict_object' && leaf.issue.expected === 'never';
  const isMissing = leaf.issue.received === 'undefined';
  const message = isUnknownKey ? 'is not a known key' : isMissing ? 'is missing' : leaf.issue.message;
  return { path: dotted(leaf.path), message };
};

interface Placed {
  readonly path: string;
  readonly server: ServerScenario;
}

const placedServers = (account: AccountScenario, prefix: string): Placed[] => {
  const at = (path: string, servers: readonly ServerScenario[]): Placed[] =>
    servers.map((server, index) => ({ path: `${path}servers[${index}]`, server }));
  return [
    ...account.waves.flatMap((wave, w) =>
      wave.applications.flatMap((application, a) =>
        at(`${prefix}waves[${w}].applications[${a}].`, application.servers),
      ),
    ),
    ...account.applications.flatMap((application, a) => at(`${prefix}applications[${a}].`, application.servers)),
    ...at(prefix, account.servers),
  ];
};

const contradictionsOf = (scenario: Scenario): ScenarioProblem[] => {
  const accounts = [
    { account: scenario, prefix: '' },
    ...scenario.managedAccounts.map((account, index) => ({ account, prefix: `managedAccounts[${index}].` })),
  ];
  const serverCount = accounts.reduce((sum, { account, prefix }) => sum + placedServers(account, prefix).length, 0);
  if (serverCount > serversMax) {
    return [{ path: '', message: `it has ${serverCount} source servers; at most ${serversMax} are simulated` }];
  }
  return [
    ...repeated(
      accounts.map(({ account: { accountID, region = scenario.region }, prefix }) => ({
        path: `${prefix}accountID`,
        value: region === scenario.region ? accountID : `${accountID} in ${region}`,
      })),
    ),
    ...accounts.flatMap(({ account, prefix }) => accountProblems(account, prefix)),
    ...accounts.flatMap(({ account, prefix }) =>
      placedServers(account, prefix).flatMap((placed) => serverProblems(placed, scenario)),
    ),
    ...foreignProblems(scenario),
  ];
};

const accountProblems = (account: AccountScenario, prefix: string): ScenarioProblem[] => {
  const applications = [
    ...account.waves.flatMap((wave, w) =>
      wave.applications.map((application, a) => ({ path: `${prefix}waves[${w}].applications[${a}]`, application })),
    ),
    ...account.applications.map((application, a) => ({ path: `${prefix}applications[${a}]`, application })),
  ];
  const servers = placedServers(account, prefix);
  const unnamed = servers.filter(({ server }) => server.sourceServerID === undefined);
  return [
    ...repeated(account.waves.map((wave, index) => ({ path: `${prefix}waves[${index}].name`, value: wave.name }))),
    ...repeated(applications.map(({ path, application }) => ({ path: `${path}.name`, value: application.name }))),
    ...repeated(unnamed.map(({ path, server }) => ({ path: `${path}.hostname`, value: server.hostname }))),
    ...repeated(
      servers.flatMap(({ path, server }) =>
        server.sourceServerID === undefined ? [] : [{ path: `${path}.sourceServerID`, value: server.sourceServerID }],
      ),
    ),
    ...repeated(
      account.waves.flatMap(({ waveID }, index) =>
        waveID === undefined ? [] : [{ path: `${prefix}waves[${index}].waveID`, value: waveID }],
      ),
    ),
    ...repeated(
      applications.flatMap(({ path, application: { applicationID } }) =>
        applicationID === undefined ? [] : [{ path: `${path}.applicationID`, value: applicationID }],
      ),
    ),
  ];
};

const repeated = (entries: readonly { path: string; value: string }[]): ScenarioProblem[] => {
  const seen = new Map<string, string>();
  const problems: ScenarioProblem[] = [];
  for (const { path, value } of entries) {
    const first = seen.get(value);
    if (first === undefined) seen.set(value, path);
    else problems.push({ path, message: `${value} is given twice; it is also at ${first}` });
  }
  return problems;
};

const serverProblems = ({ path, server }: Placed, scenario: Scenario): ScenarioProblem[] => {
  const lifeCycleState = server.lifeCycleState ?? scenario.defaults.lifeCycleState ?? 'READY_FOR_CUTOVER';
  const isArchived = server.isArchived ?? scenario.defaults.isArchived ?? false;
  if (isArchived && lifeCycleState !== 'CUTOVER' && lifeCycleState !== 'DISCONNECTED') {
    return [{ path: `${path}.isArchived`, message: `a ${lifeCycleState} server cannot be archived` }];
  }
  return [];
};

const foreignProblems = (scenario: Scenario): ScenarioProblem[] =>
  scenario.foreignActivity.flatMap((act, index) => {
    const path = `foreignActivity[${index}]`;
    const account = [scenario, ...scenario.managedAccounts].find(
      ({ accountID, region = scenario.region }) =>
        accountID === (act.accountID ?? scenario.accountID) && region === (act.region ?? scenario.region),
    );
    if (account === undefined) {
      const message = `is not an account of this scenario${act.region === undefined ? '' : ` in ${act.region}`}`;
      return [{ path: `${path}.accountID`, message }];
    }
    const problems: ScenarioProblem[] = [];
    if ('toSeconds' in act && act.toSeconds <= act.fromSeconds) {
      problems.push({ path: `${path}.toSeconds`, message: 'must be after fromSeconds' });
    }
    if (act.act === 'useQuota') return problems;
    const names = placedServers(account, '').flatMap(({ server }) => [server.hostname, server.sourceServerID]);
    for (const [position, name] of act.servers.entries()) {
      const count = names.filter((candidate) => candidate === name).length;
      if (count === 1) continue;
      const message =
        count === 0 ? `no server ${name} in the account` : `${name} is several servers; use a sourceServerID`;
      problems.push({ path: `${path}.servers[${position}]`, message });
    }
    return problems;
  });
