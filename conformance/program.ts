/**
 * `npm run conformance:aws`: asks a throwaway account of AWS what no emulator can say, compares it with our engine, records it,
 * and leaves the account as it was.
 */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { MgnClient } from '@aws-sdk/client-mgn';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { parseArgs } from 'node:util';
import { factsFolder, recordFact } from './facts.ts';
import type { Place } from './on-step-functions.ts';
import { questionsWithMachines, readOnlyQuestions, type Question } from './questions.ts';
import { createStack, deleteStack, stackContents, type StackPatience } from './throwaway-stack.ts';

/** What the program has of the world. */
export interface Surroundings {
  readonly say: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** Aborted when the person wants to stop: what was made is still deleted. */
  readonly signal: AbortSignal;
  readonly patience: StackPatience;
}

/** Everything agrees; something differs or could not be asked; nothing was asked. */
export const exitCodes = { agrees: 0, differs: 1, notRun: 2 } as const;

const usage = `Usage: npm run conformance:aws -- --account ID [--yes] [--region REGION] [--only NAME]... [--read-only]

Asks Step Functions and MGN in a throwaway account what no emulator can say, compares the answers with our own engine, and
records them under ${factsFolder}. It first lists what it will create; with --yes and the account's number it does so, and
deletes all of it in the end. --read-only creates nothing. --only asks what is named so, or begins so.`;

class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Asked {
  readonly account: string;
  readonly region: string;
  readonly only: readonly string[];
  readonly isReadOnly: boolean;
  readonly isMeant: boolean;
  readonly facts: string;
  readonly endpoint: string | undefined;
}

/** Runs the program; gives its exit code. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { say } = surroundings;
  try {
    return await run(readArguments(argv, surroundings.env), surroundings);
  } catch (error) {
    if (error instanceof UsageError) say(`${error.message}\n\n${usage}`);
    else if (isWithoutCredentials(error))
      say('There are no AWS credentials here: nothing was asked and nothing is proven.');
    else {
      say(`The check could not be made: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
      return exitCodes.differs;
    }
    return exitCodes.notRun;
  }
}

function readArguments(argv: readonly string[], env: Surroundings['env']): Asked {
  const { values } = parse(argv);
  const region = values.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (values.account === undefined || !/^\d{12}$/.test(values.account)) {
    throw new UsageError('Name the account with --account and its twelve digits.');
  }
  if (region === undefined) throw new UsageError('Name a Region with --region.');
  return {
    account: values.account,
    region,
    only: values.only ?? [],
    isReadOnly: values['read-only'] ?? false,
    isMeant: values.yes ?? false,
    facts: values.facts ?? factsFolder,
    endpoint: values['endpoint-url'],
  };
}

function parse(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const options = {
      account: text,
      region: text,
      facts: text,
      'endpoint-url': text,
      yes: flag,
      'read-only': flag,
      only: { ...text, multiple: true },
    } as const;
    return parseArgs({ args: [...argv], options, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isWithoutCredentials(error: unknown): boolean {
  return error instanceof Error && /^(CredentialsProviderError|TokenProviderError)$/.test(error.name);
}

async function run(asked: Asked, surroundings: Surroundings): Promise<number> {
  const { say, now } = surroundings;
  const config = { region: asked.region, ...(asked.endpoint !== undefined && { endpoint: asked.endpoint }) };
  const { Account: account = '' } = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  if (account !== asked.account) {
    say(`The credentials are of another account than the one named: nothing was asked.`);
    return exitCodes.notRun;
  }
  // An endpoint that was named is meant as it is; TestState would put a prefix before it.
  const states = new SFNClient({ ...config, disableHostPrefix: asked.endpoint !== undefined });
  const inquiry = new Inquiry(asked, surroundings);
  const name = `mgn-cutover-conformance-${now().getTime().toString(36)}`;
  if (asked.isReadOnly) {
    await inquiry.askAll(readOnlyQuestions(states, new MgnClient(config)));
    return inquiry.report();
  }
  for (const line of plan(name, asked)) say(line);
  if (!asked.isMeant) {
    say('Nothing was created. Say --yes to go on.');
    return exitCodes.notRun;
  }
  await inquiry.askAll(readOnlyQuestions(states, new MgnClient(config)));
  await withStack(new CloudFormationClient(config), name, surroundings, async (stack, tags) => {
    const place: Place = { client: states, ...stack, prefix: name, tags, pollMs: 500, patienceMs: 120_000 };
    await inquiry.askAll(questionsWithMachines(place));
  });
  return inquiry.report();
}

function plan(name: string, { account, region }: Asked): string[] {
  return [
    `In account ${account}, Region ${region}, this will create, tag "mgn-cutover-conformance" and delete again:`,
    ...stackContents(name).map((line) => `  ${line}`),
    `  State machines named ${name}-*, at most two at a time, each run once and then deleted`,
    'Step Functions itself may add the rule StepFunctionsGetEventsForStepFunctionsExecutionRule to EventBridge and keep it.',
    'It also calls TestState, and DescribeJobs and DescribeSourceServers of MGN, which change nothing. It costs a few cents.',
  ];
}

/** Deletes the stack however the work ends, an interruption included. */
async function withStack(
  client: CloudFormationClient,
  name: string,
  { say, patience }: Surroundings,
  work: (stack: { actArn: string; roleArn: string }, tags: Record<string, string>) => Promise<void>,
): Promise<void> {
  const tags = { 'mgn-cutover-conformance': name };
  try {
    await work(await createStack(client, name, tags, patience), tags);
  } finally {
    await deleteStack(client, name, patience);
    say(`Deleted stack ${name}.`);
  }
}

/** Asks, compares, records and counts. */
class Inquiry {
  readonly #asked: Asked;
  readonly #surroundings: Surroundings;
  #recorded = 0;
  readonly #differing: string[] = [];

  constructor(asked: Asked, surroundings: Surroundings) {
    this.#asked = asked;
    this.#surroundings = surroundings;
  }

  async askAll(questions: readonly Question[]): Promise<void> {
    const { only } = this.#asked;
    for (const question of questions) {
      if (this.#surroundings.signal.aborted) return;
      const isAsked = only.length === 0 || only.some((start) => `${question.kind}-${question.name}`.startsWith(start));
      if (isAsked) await this.#ask(question);
    }
  }

  async #ask({ kind, name, ask }: Question): Promise<void> {
    const { say, now } = this.#surroundings;
    const { account, region, facts } = this.#asked;
    const label = `${kind}-${name}`;
    try {
      const { observed, differsIn = [] } = await ask();
      await recordFact(facts, { kind, name, region, date: now().toISOString().slice(0, 10), observed }, account);
      this.#recorded += 1;
      if (differsIn.length > 0) this.#note(`${label}: differs from our engine in its ${differsIn.join(', ')}`);
      else say(`${label}: recorded`);
    } catch (error) {
      this.#note(
        `${label}: could not be asked: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
      );
    }
  }

  #note(line: string): void {
    this.#surroundings.say(line);
    this.#differing.push(line);
  }

  /** Says how it went; gives the exit code. */
  report(): number {
    const { say, signal } = this.#surroundings;
    say(`${this.#recorded} facts recorded; ${this.#differing.length} that differ or could not be asked.`);
    if (signal.aborted) say('Stopped before the end.');
    return this.#differing.length === 0 && !signal.aborted && this.#recorded > 0 ? exitCodes.agrees : exitCodes.differs;
  }
}
