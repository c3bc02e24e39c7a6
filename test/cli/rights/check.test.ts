/** `check` of a run from this machine, against an IAM that evaluates real policies. */
import * as v from 'valibot';
import { steps } from '../../../infra/steps.ts';
import { queryError, startFakeAws, type FakeAccount } from '../../support/fake-aws.ts';
import { PolicySchema, type Policy } from '../../support/policy-evaluator.ts';
import { commandLine, eventsIn, folder, waveID } from '../command-line.ts';

const files = folder();
const region = ['--region', 'eu-west-1'];
const account = 'arn:aws:iam::123456789012';
const roleArn = `${account}:role/team/operator`;
const session = 'arn:aws:sts::123456789012:assumed-role/operator/me@example.com';

const inputOf = (options: object, target: object = { waveID }) => files.file('wave.json', { ...target, options });

/** The policy that `--print-policy` prints, which asks nobody. */
const printed = async (...argv: readonly string[]): Promise<Policy> => {
  const { exitCode, out } = await commandLine(['check', ...argv, ...region, '--print-policy']);
  expect(exitCode).toBe(0);
  return v.parse(PolicySchema, JSON.parse(out));
};

const checkIn = async (fake: FakeAccount, argv: readonly string[] = []) => {
  const aws = await startFakeAws(fake);
  try {
    const { exitCode, out, err } = await commandLine(['check', ...argv, ...region], {
      env: { AWS_ENDPOINT_URL: aws.url },
    });
    return { exitCode, out, err, calls: aws.calls };
  } finally {
    await aws.close();
  }
};

/** Checks a role with these policies, through a session of it. */
const check = (policies: Record<string, Policy>, argv: readonly string[] = [], rest: Partial<FakeAccount> = {}) =>
  checkIn({ callerArn: session, identities: { [roleArn]: { policies } }, ...rest }, argv);

const without = (policy: Policy, action: string): Policy => ({
  Statement: policy.Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter((one) => one !== action),
  })),
});
const allowing = (Action: string[], rest: object = {}): Policy => ({
  Statement: [{ Effect: 'Allow', Action, Resource: '*', ...rest }],
});
const denying = (Action: string[], rest: object = {}): Policy => ({
  Statement: [{ Effect: 'Deny', Action, Resource: '*', ...rest }],
});
const everything = allowing(['*']);

const CheckSchema = v.object({
  exitCode: v.number(),
  duties: v.array(v.object({ name: v.string(), standing: v.string(), isNeeded: v.boolean() })),
  policyToAdd: v.optional(PolicySchema),
  notes: v.array(v.string()),
});
const json = (out: string) => v.parse(CheckSchema, eventsIn(out)[0]);

describe('the policy that is printed', () => {
  it.each([
    ['the options as they are', {}, []],
    ['commit "auto"', { commit: 'auto' }, []],
    ['a tag, which the way back does not ask for', { commit: 'auto' }, ['--source-server-tag', 'mgn-cutover=allowed']],
    ['test instances left alone', { terminateTestInstances: false }, []],
    ['roles of target instances', {}, ['--target-instance-role', 'team/web', 'plain']],
  ])('is all that a run needs with %s', async (_what, options, flags) => {
    const argv = [inputOf(options), ...flags];
    const { exitCode, out } = await check({ printed: await printed(...argv) }, argv);

    expect(out).toContain('All that is needed is allowed.');
    expect(exitCode).toBe(0);
  });

  it('is no more than that: each call that is taken out of it is missed', async () => {
    const policy = await printed();
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    const spared = [];
    for (const action of new Set(actions)) {
      const { exitCode } = await check({ printed: without(policy, action) });
      if (exitCode !== 2) spared.push(action);
    }

    expect(spared).toEqual(['ec2:ReportInstanceStatus']); // AWS lists it; its own managed policies do without.
  }, 60_000);

  it('names the calls that the input leads to, and finalizes only where that is asked for', async () => {
    const actions = async (options: object, target?: object) =>
      (await printed(inputOf(options, target))).Statement.flatMap(({ Action }) => Action);

    expect(await actions({})).not.toContain('mgn:FinalizeCutover');
    expect(await actions({ commit: 'auto' })).toContain('mgn:FinalizeCutover');
    const named = await actions({}, { sourceServerIDs: ['s-00000000000000001'] });
    expect(named.filter((action) => action.startsWith('mgn:List'))).toEqual([
      'mgn:ListSourceServerActions',
      'mgn:ListTagsForResource',
    ]);
  });

  it('is made for the partition of the region, and denies nothing', async () => {
    const { out } = await commandLine(['check', '--region', 'us-gov-west-1', '--print-policy']);

    expect(out).toContain('arn:aws-us-gov:mgn:us-gov-west-1:*:source-server/*');
    expect(out).toContain('arn:aws-us-gov:iam::*:role/service-role/AWSApplicationMigrationConversionServerRole');
    expect(out).not.toContain('Deny');
  });
});

describe('check', () => {
  it('finds everything allowed, says so step by step, and calls nothing but IAM and STS', async () => {
    const { exitCode, out, calls } = await check({ admin: everything });

    expect(exitCode).toBe(0);
    expect(out).toContain(`A run from here: ${roleArn}`);
    for (const [name, { mgnActions }] of Object.entries(steps)) {
      if (mgnActions.length > 0 && name !== 'FinalizeCutover')
        expect(out).toMatch(new RegExp(`✓ ${name} +\\d+ allowed`));
    }
    expect([...calls.keys()].sort()).toEqual(['GetCallerIdentity', 'GetRole', 'SimulatePrincipalPolicy']);
  });

  it('leaves out the step that the input leaves out', async () => {
    const argv = [inputOf({ terminateTestInstances: false })];

    expect((await check({ everything })).out).toContain('✓ TerminateTestInstances');
    expect((await check({ everything }, argv)).out).not.toContain('TerminateTestInstances');
  });

  it('names what is missing at its step, and the statement that mends it', async () => {
    const policy = await printed();
    const lacking = without(without(policy, 'mgn:StartCutover'), 'ec2:CreateVolume');
    const { exitCode, out } = await check({ lacking });

    expect(exitCode).toBe(2);
    expect(out).toMatch(
      /✗ StartCutover\n +missing: mgn:StartCutover on source-server\/\*; ec2:CreateVolume on volume\/\*/,
    );
    expect(out).toMatch(/✓ PollJobs/);
    expect(out).toContain('NOT READY');
    const { policyToAdd } = json((await check({ lacking }, ['--json'])).out);
    expect(policyToAdd?.Statement.flatMap(({ Action }) => Action)).toEqual(['mgn:StartCutover', 'ec2:CreateVolume']);
    expect((await check({ lacking, ...(policyToAdd && { added: policyToAdd }) })).exitCode).toBe(0);
  });

  it('sees a call that is allowed on some of the resources it needs only', async () => {
    const policy = without(await printed(), 'ec2:AttachVolume');
    const half = allowing(['ec2:AttachVolume'], { Resource: 'arn:aws:ec2:*:*:instance/*' });
    const { exitCode, out } = await check({ policy, half });

    expect(exitCode).toBe(2);
    expect(out).toContain('missing: ec2:AttachVolume on volume/*');
  });

  it('takes policies for good that bound EC2 by the service that calls and by the marks of MGN, as AWS’s own do', async () => {
    const policy = await printed();
    const own = policy.Statement.filter(({ Action }) => ![Action].flat().some((action) => action.startsWith('ec2:')));
    const viaService = { Bool: { 'aws:ViaAWSService': 'true' } };
    const marked = { ...viaService, Null: { 'aws:ResourceTag/AWSApplicationMigrationServiceManaged': 'false' } };
    const { exitCode, out } = await check({
      own: { Statement: own },
      reads: allowing(['ec2:Describe*', 'servicequotas:GetServiceQuota', 'cloudwatch:GetMetricStatistics']),
      writes: allowing(['ec2:*'], { Resource: 'arn:aws:ec2:*:*:*/*', Condition: marked }),
      tags: allowing(['ec2:CreateTags'], { Condition: { StringEquals: { 'ec2:CreateAction': ['RunInstances'] } } }),
    });

    expect(out).toContain('All that is needed is allowed.');
    expect(exitCode).toBe(0);
  });

  it('names the policy that denies, and prints no statement for what more rights do not mend', async () => {
    const { exitCode, out } = await check({ everything, guardrail: denying(['mgn:Terminate*']) });

    expect(exitCode).toBe(2);
    expect(out).toMatch(
      /✗ TerminateTestInstances\n +denied by policy guardrail \(IAM Policy\): mgn:TerminateTargetInstances/,
    );
    expect(out).toMatch(/✗ TerminateCutoverInstances/);
    expect(out).not.toContain('To be added');
  });

  it.each([
    [
      'the organization',
      { organization: denying(['ec2:RunInstances']) },
      /denied by a policy of the organization \(SCP\)/,
    ],
    [
      'its permissions boundary',
      { boundary: allowing(['mgn:*', 'iam:*']) },
      /denied by its permissions boundary: ec2:/,
    ],
  ])('tells what %s takes away', async (_what, limit, words) => {
    const organization =
      'organization' in limit ? { Statement: [...everything.Statement, ...limit.organization.Statement] } : undefined;
    const identity = { policies: { everything }, ...limit, ...(organization && { organization }) };
    const { exitCode, out } = await checkIn({ callerArn: session, identities: { [roleArn]: identity } });

    expect(exitCode).toBe(2);
    expect(out).toMatch(words);
    expect(out).toMatch(/✓ PollJobs/);
  });

  it('reads answers that come in pages to their end', async () => {
    const policy = without(await printed(), 'ec2:TerminateInstances');
    const { exitCode, out, calls } = await check({ policy }, [], { pageSize: 3 });
    const inOne = await check({ policy });

    expect(exitCode).toBe(2);
    expect(out).toBe(inOne.out);
    expect(calls.get('SimulatePrincipalPolicy')).toBeGreaterThan(inOne.calls.get('SimulatePrincipalPolicy') ?? 0);
  });

  it('cannot tell where a policy asks for what nobody knows beforehand', async () => {
    const office = allowing(['*'], { Condition: { StringLike: { 'aws:SourceIp': '192.0.2.*' } } });
    const { exitCode, out } = await check({ office });

    expect(exitCode).toBe(3);
    expect(out).toMatch(
      /\? PollJobs +cannot tell\n +unclear \(.*a policy also asks for aws:SourceIp\): mgn:DescribeJobs/,
    );
    expect(out).toContain('CANNOT TELL');
  });

  it('notes what a policy that allows still asks for', async () => {
    const unlessMobile = denying(['*'], { Condition: { StringEquals: { 'aws:UserAgent': 'phone' } } });
    const { exitCode, out } = await check({ everything, unlessMobile });

    expect(exitCode).toBe(0);
    expect(out).toContain('Policies also ask for aws:UserAgent, whose values are not known here.');
  });

  it('asks for the tag where permissions depend on it', async () => {
    const tagged = await printed('--source-server-tag', 'team=blue');

    expect((await check({ tagged })).out).toMatch(/unclear .*aws:ResourceTag\/team\): mgn:StartCutover/);
    expect((await check({ tagged }, ['--source-server-tag', 'team=red'])).exitCode).toBe(2);
    expect((await check({ tagged }, ['--source-server-tag', 'team=blue'])).exitCode).toBe(0);
  });

  it('says that an identity may finalize, and delete, though nothing here needs it', async () => {
    const may = json((await check({ everything }, ['--json'])).out);
    const mayNot = json((await check({ printed: await printed() }, ['--json'])).out);
    const asked = json((await check({ everything }, [inputOf({ commit: 'auto' }), '--json'])).out);
    const finalizing = ({ duties }: typeof may) => duties.find(({ name }) => name === 'FinalizeCutover');

    expect(finalizing(may)).toMatchObject({ standing: 'good', isNeeded: false });
    expect(may.notes.join('\n')).toMatch(/may call mgn:FinalizeCutover, which cannot be undone/);
    expect(may.notes.join('\n')).toMatch(
      /may also call mgn:DeleteSourceServer, mgn:DeleteJob, mgn:DisconnectFromService/,
    );
    expect(finalizing(mayNot)).toMatchObject({ standing: 'lacking', isNeeded: false });
    expect([mayNot.exitCode, mayNot.policyToAdd]).toEqual([0, undefined]);
    expect(mayNot.notes.join('\n')).not.toContain('may call');
    expect(finalizing(asked)).toMatchObject({ standing: 'good', isNeeded: true });
    expect(asked.notes.join('\n')).not.toContain('FinalizeCutover');
    expect((await check({ printed: await printed() }, [inputOf({ commit: 'auto' })])).exitCode).toBe(2);
  });
});

describe('who is asked about', () => {
  it('is the user of a user’s credentials, and the role of a session’s, with its path', async () => {
    const userArn = `${account}:user/team/ann`;
    const user = await checkIn({ callerArn: userArn, identities: { [userArn]: { policies: { everything } } } });
    const role = await check({ everything });

    expect([user.exitCode, role.exitCode]).toEqual([0, 0]);
    expect(user.out).toContain(`A run from here: ${userArn}`);
    expect(user.out).not.toContain('session');
    expect(role.out).toContain(`A run from here: ${roleArn}`);
    expect(role.out).toContain('A policy of the session itself may allow less than its role.');
  });

  it('is the role without a path where the role may not be read, and nobody if it has one', async () => {
    const answer: FakeAccount['answer'] = (operation) =>
      operation === 'GetRole' ? queryError(403, 'AccessDenied', 'not authorized to perform iam:GetRole') : undefined;
    const plainArn = `${account}:role/operator`;
    const plain = { callerArn: session, identities: { [plainArn]: { policies: { everything } } }, answer };
    const hidden = await check({ everything }, [], { answer });

    expect((await checkIn(plain)).exitCode).toBe(0);
    expect(hidden.exitCode).toBe(3);
    expect(hidden.out).toContain(`cannot tell: IAM knows no ${plainArn}`);
  });

  it('is whom --principal names, whoever asks', async () => {
    const { exitCode, out, calls } = await check({ everything }, ['--principal', roleArn], {
      callerArn: `${account}:root`,
    });

    expect(exitCode).toBe(0);
    expect(out).toContain(`A run from here: ${roleArn}`);
    expect(calls.has('GetCallerIdentity')).toBe(false);
  });

  it.each([
    ['the root user', `${account}:root`, /root user/],
    ['a federated user', 'arn:aws:sts::123456789012:federated-user/bob', /federated user/],
  ])('cannot be %s: that is no pass', async (_what, callerArn, words) => {
    const { exitCode, out } = await check({ everything }, [], { callerArn });

    expect(exitCode).toBe(3);
    expect(out).toMatch(words);
    expect(out).toContain('"mgn:StartCutover"');
  });

  it('is nobody when STS does not say', async () => {
    const odd = await check({ everything }, [], { callerArn: 'someone' });
    const refused = await check({ everything }, [], {
      answer: (operation) =>
        operation === 'GetCallerIdentity'
          ? queryError(403, 'ExpiredToken', 'The security token is expired')
          : undefined,
    });

    expect([odd.exitCode, refused.exitCode]).toEqual([3, 3]);
    expect(odd.err).toContain('STS answered with "someone"');
    expect(refused.err).toContain('have expired. Sign in again');
  });
});

describe('when IAM cannot be asked', () => {
  const simulating = (operation: string) => operation === 'SimulatePrincipalPolicy';

  it('says who must be allowed to ask, and prints all that would be needed', async () => {
    const { exitCode, out } = await check({ everything }, [], {
      answer: (operation) => (simulating(operation) ? queryError(403, 'AccessDenied', 'not authorized') : undefined),
    });

    expect(exitCode).toBe(3);
    expect(out).toContain(`it needs iam:SimulatePrincipalPolicy on ${roleArn}`);
    expect(out).toContain('CANNOT TELL');
    const policy = out.slice(out.indexOf('{\n'), out.lastIndexOf('}\n') + 1);
    expect((await check({ added: v.parse(PolicySchema, JSON.parse(policy)) })).exitCode).toBe(0);
  });

  const page = (body: string) => ({
    status: 200,
    body: `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>${body}</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
  });

  it.each([
    ['no results', page('<EvaluationResults/><IsTruncated>false</IsTruncated>'), /IAM gave no answer about it/],
    [
      'results about something else',
      page(
        '<EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName><EvalDecision>allowed</EvalDecision></member></EvaluationResults>',
      ),
      /IAM gave no answer about it/,
    ],
    [
      'pages without end',
      page('<IsTruncated>true</IsTruncated><Marker>again</Marker>'),
      /announced more of its answer/,
    ],
    ['a page that leads nowhere', page('<IsTruncated>true</IsTruncated>'), /announced more of its answer/],
    ['a proxy’s page', { status: 200, body: '<html><body>Welcome</body></html>' }, /gave no answer|did not answer/],
    ['what is no XML', { status: 200, body: '{"ok": true' }, /did not answer/],
  ])('does not take %s for a yes', async (_what, answer, words) => {
    const { exitCode, out } = await check({ everything }, [], {
      answer: (operation) => (simulating(operation) ? answer : undefined),
    });

    expect(exitCode).toBe(3);
    expect(out).toMatch(words);
  });

  it.each([
    ['a denial', 'allowed', 'explicitDeny', 2, /denied by a statement that IAM does not name/],
    ['a denial', 'explicitDeny', 'allowed', 2, /denied by a statement that IAM does not name/],
    ['nothing', 'allowed', 'implicitDeny', 2, /missing: mgn:DescribeJobs/],
  ])(
    'believes %s, whether in the result (%s) or for its resource (%s)',
    async (_what, overall, specific, code, words) => {
      const resultFor = (action: string) =>
        `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${overall}</EvalDecision><ResourceSpecificResults><member><EvalResourceDecision>${specific}</EvalResourceDecision></member></ResourceSpecificResults></member>`;
      const { exitCode, out } = await check({ everything }, [], {
        answer: (operation, parameters) => {
          const actions = [...parameters].flatMap(([key, value]) => (key.startsWith('ActionNames') ? [value] : []));
          return simulating(operation)
            ? page(`<EvaluationResults>${actions.map(resultFor).join('')}</EvaluationResults>`)
            : undefined;
        },
      });

      expect(exitCode).toBe(code);
      expect(out).toMatch(words);
    },
  );

  it('does not take a decision it does not know for a yes', async () => {
    const { exitCode, out } = await check({ everything }, [], {
      answer: (operation, parameters) => {
        const action = parameters.get('ActionNames.member.1') ?? '';
        const result = `<member><EvalActionName>${action}</EvalActionName><EvalDecision>perhaps</EvalDecision></member>`;
        return simulating(operation) ? page(`<EvaluationResults>${result}</EvaluationResults>`) : undefined;
      },
    });

    expect(exitCode).toBe(3);
    expect(out).toContain('IAM answered with perhaps');
  });
});

describe('flags of check', () => {
  it.each([
    [['--stack', 'MgnCutover', 'INPUT'], '--stack does not go with INPUT'],
    [['--stack', 'MgnCutover', '--print-policy'], '--stack does not go with --print-policy'],
    [['--print-policy', '--principal', roleArn], '--print-policy does not go with'],
    [['--principal', 'operator'], '--principal: "operator" is not the ARN of a user or a role'],
    [['--principal', session], 'is not the ARN of a user or a role'],
    [['--source-server-tag', 'allowed'], '--source-server-tag: "allowed" is no tag'],
    [['--target-instance-role', `${account}:role/web`], '--target-instance-role'],
    [['--ledger', 'ledger.sqlite'], '--ledger: "ledger.sqlite" is not the ledger of a stack'],
  ])('are refused: %j', async (argv, words) => {
    const { exitCode, err } = await commandLine(['check', ...argv, ...region]);

    expect(exitCode).toBe(2);
    expect(err).toContain(words);
  });

  it('need a region, and a good input', async () => {
    const nowhere = await commandLine(['check']);
    const bad = await commandLine(['check', files.file('bad.json', { waveID: 'wave' }), ...region]);

    expect([nowhere.exitCode, bad.exitCode]).toEqual([2, 2]);
    expect(nowhere.err).toContain('Say which region');
    expect(bad.err).toContain('waveID');
  });
});

describe('on a narrow terminal', () => {
  it('prints the policy to be added so that it can be pasted', async () => {
    const aws = await startFakeAws({ callerArn: session, identities: { [roleArn]: { policies: {} } } });
    const options = { env: { AWS_ENDPOINT_URL: aws.url, NO_COLOR: '1' }, isTerminal: true, columns: 80 };
    const { out } = await commandLine(['check', ...region], options);
    await aws.close();
    const [, policy = ''] = /identity:\n(\{\n[^]*?\n\})\n/.exec(out) ?? [];
    expect(v.parse(PolicySchema, JSON.parse(policy)).Statement.length).toBeGreaterThan(0);
    expect(policy).toMatch(/^\{\n {2}"/);
  });
});
