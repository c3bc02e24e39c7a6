/** `check`: may the identities of a cutover make every call of it? IAM is asked; MGN and the ledger are not touched. */
import { parseRunInput, type RunInput } from '../../functions/domain/run-input.ts';
import { roleArnOf } from '../../functions/domain/target.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { CommandError } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { readInput } from '../read-json.ts';
import { assertRegion, regionOf } from '../reach.ts';
import { createRightsClients, type RightsClients } from '../rights/clients.ts';
import { exitCodeOfRights, inquire, standingOf, type JudgedDuty } from '../rights/inquiry.ts';
import { placeOfRegion, policyOf, policyToAdd } from '../rights/policy-text.ts';
import { dutyFacts, dutyLines, noteLines } from '../rights/rights-text.ts';
import { sectionsOfRun, sectionsOfStack, type Section } from '../rights/sections.ts';
import { stepsOfRun, type RightsScope } from '../rights/step-rights.ts';
import { withHelp, type VerbContext } from '../verb.ts';

/** Flags of `check`. */
export interface CheckFlags {
  readonly region?: string | undefined;
  readonly stack?: string | undefined;
  readonly ledger?: string | undefined;
  readonly principal?: string | undefined;
  readonly sourceServerTag?: string | undefined;
  readonly targetInstanceRole?: readonly string[] | undefined;
  readonly printPolicy?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Registers `check`. */
export function addCheck({ command, io, end }: VerbContext): void {
  const check = command('check', 'say which permissions of a cutover are missing; IAM is asked, nothing is called');
  check
    .argument('[INPUT]', 'run input, for what its options need; - reads standard input')
    .option('--region <region>', 'region of the source servers (default: AWS_REGION)')
    .option('--stack <name>', 'check the functions of this deployed stack, and whether the caller may work with it')
    .option('--ledger <stack:NAME>', 'the run will use the ledger of that stack')
    .option('--principal <arn>', 'ask about this user or role instead of the caller')
    .option(
      '--source-server-tag <key=value>',
      'the tag of source servers that permissions ask for (with --stack: the one it was deployed with)',
    )
    .option('--target-instance-role <name...>', 'roles in the instance profiles of launch templates')
    .option('--print-policy', 'print the policy that a run from here needs, and ask nobody')
    .option('--json', 'tell it as one JSON document')
    .action(async (input: string | undefined, flags: CheckFlags) => {
      end(await checkCommand(input, flags, io));
    });
  withHelp(check, {
    examples: [
      'check wave.json --region eu-west-1',
      'check --stack MgnCutover --region eu-west-1',
      'check wave.json --region eu-west-1 --print-policy > policy.json',
    ],
    exitCodes: {
      0: 'all is allowed',
      2: 'something is missing, denied, or allowed to a function that must not have it; or the flags are wrong',
      3: 'cannot tell: IAM could not be asked, or left something open',
    },
  });
}

/**
 * Checks the rights, or prints the policy.
 *
 * @throws CommandError when the flags are wrong, or nobody can say who the caller is.
 */
export async function checkCommand(inputPath: string | undefined, flags: CheckFlags, io: Io): Promise<number> {
  assertOneUse(inputPath, flags);
  const region = regionOf(flags.region, io.env);
  if (region === undefined) throw new CommandError('Say which region: --region REGION, or AWS_REGION.');
  assertRegion(region);
  const input = inputPath === undefined ? undefined : parseRunInput(await readInput(inputPath, io));
  const limits = limitsOf(flags);
  const audience = audienceOf(io, flags.json === true);
  if (flags.printPolicy === true) {
    const policy = policyOf(Object.values(stepsOfRun(input)), { place: placeOfRegion(region), limits });
    io.stdout.write(`${JSON.stringify(policy, null, 2)}\n`);
    return 0;
  }
  const clients = createRightsClients({ region, env: io.env });
  try {
    const place = { region, env: io.env, clients, limits, principal: flags.principal };
    const sections =
      flags.stack === undefined
        ? await sectionsOfRun(input, ledgerStackOf(flags.ledger), place)
        : await sectionsOfStack(flags.stack, place);
    return await report(sections, { region, audience, clients, input });
  } finally {
    clients.close();
  }
}

function assertOneUse(inputPath: string | undefined, { stack, ledger, principal, printPolicy }: CheckFlags): void {
  const others = [
    inputPath === undefined ? [] : 'INPUT',
    ledger === undefined ? [] : '--ledger',
    printPolicy === true ? '--print-policy' : [],
  ].flat();
  if (stack !== undefined && others.length > 0) {
    throw new CommandError(`--stack does not go with ${others.join(' or ')}: its functions have rights of their own.`);
  }
  if (printPolicy === true && (ledger !== undefined || principal !== undefined)) {
    throw new CommandError(
      '--print-policy does not go with --ledger or --principal: it asks nobody, so it knows neither.',
    );
  }
}

/** @throws CommandError when it is no ledger of a stack: one in a file needs no permission. */
function ledgerStackOf(ledger: string | undefined): string | undefined {
  const stack = ledger === undefined ? undefined : /^stack:(.+)$/.exec(ledger)?.[1];
  if (ledger === undefined || stack !== undefined) return stack;
  throw new CommandError(`--ledger: "${ledger}" is not the ledger of a stack; expected one such as stack:MgnCutover.`);
}

/** @throws CommandError when a flag's value can be no tag, or no name of a role. */
function limitsOf({ sourceServerTag, targetInstanceRole = [] }: CheckFlags): RightsScope['limits'] {
  if (sourceServerTag !== undefined && !/^[^=]+=/.test(sourceServerTag)) {
    throw new CommandError(
      `--source-server-tag: "${sourceServerTag}" is no tag; expected one such as mgn-cutover=allowed.`,
    );
  }
  const wrong = targetInstanceRole.find((name) => !/^[\w+=,.@/-]+$/.test(name));
  if (wrong !== undefined) {
    throw new CommandError(
      `--target-instance-role: "${wrong}" is no name of a role; expected one such as team/web-server.`,
    );
  }
  return { targetInstanceRoleNames: targetInstanceRole, sourceServerTag };
}

async function report(
  sections: readonly Section[],
  {
    region,
    audience,
    clients,
    input,
  }: { region: string; audience: Audience; clients: RightsClients; input: RunInput | undefined },
): Promise<number> {
  const judged: (Section & { readonly duties: readonly JudgedDuty[] })[] = [];
  for (const section of sections) judged.push({ ...section, duties: await inquire(clients.iam, section.subjects) });
  const duties = judged.flatMap((section) => section.duties);
  const exitCode = exitCodeOfRights(duties);
  const policy = policyToAdd(duties);
  const notes = [...noteLines(duties), ...(input === undefined ? [] : targetNotes(input))];
  audience.event('check', Date.now(), { exitCode, region, duties: duties.map(dutyFacts), policyToAdd: policy, notes });
  if (audience.isJson) return exitCode;
  audience.say([
    `Rights in ${region}, as IAM evaluates policies; nothing was called.`,
    ...judged.flatMap((section) => dutyLines(section.heading, section.duties, audience.palette)),
    ...notes.map((note) => `Note: ${note}`),
    ...adviceLines(duties),
    ...(policy === undefined
      ? []
      : ['To be added to the policies of that identity:', ...JSON.stringify(policy, null, 2).split('\n')]),
    conclusions[exitCode] ?? '',
  ]);
  return exitCode;
}

const conclusions: Readonly<Record<number, string>> = {
  0: 'All that is needed is allowed.',
  2: 'NOT READY: permissions are missing or wrong.',
  3: 'CANNOT TELL: nobody can say from here whether all that is needed is allowed.',
};

/** What IAM cannot tell of this identity alone, where the run acts in another account. */
function targetNotes(input: RunInput): string[] {
  const { accountID, roleArn, finalizerRoleArn } = input;
  if (roleArn !== undefined) {
    const roles = [roleArn, finalizerRoleArn].flatMap((role) => roleArnOf({ ...input, roleArn: role }) ?? []);
    return roles.map(
      (role) =>
        `The run acts as ${role}, so these rights are needed by that role (--principal, asked in its account), and by the caller sts:AssumeRole on it.`,
    );
  }
  if (accountID === undefined) return [];
  return [`MGN also asks account ${accountID} whether it lets this one act there, which IAM cannot tell.`];
}

function adviceLines(duties: readonly JudgedDuty[]): string[] {
  const isWrong = duties.some(
    (judged) => judged.subject.isDedicated && ['lacking', 'excessive'].includes(standingOf(judged)),
  );
  if (!isWrong) return [];
  return [
    'The functions’ roles come from the stack’s template: deploy it again (npx cdk deploy), and see what denies the rest.',
  ];
}
