/** Scheduled starts: what the reviewed file may say, and what becomes of it in the template. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as v from 'valibot';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import { runServersMax } from '../../functions/domain/run-input.ts';
import { InvalidScheduleFileError, parseScheduleFile } from '../../infra/schedule-file.ts';
import { readScheduleFile, Schedules } from '../../infra/schedules.ts';
import { allResourcesOf, idsOf, resourcesOf, TextSchema } from './resources-of.ts';

const input = { waveID: 'wave-00000000000000001' };
const entry = { name: 'wave-07', at: '2027-01-31T22:00:00Z', windowMinutes: 60, input };
const migration = { waves: [{ name: 'crm', input }] };
const windowFrom = (opensAt: string, closesAt = '2027-02-01T06:00:00Z') => ({
  opensAt,
  closesAt,
  zone: 'Europe/Berlin',
});
const inGroup = (group: string) => ({ ...entry, name: `wave-of-${group}`, group });

const machineArn = 'arn:aws:states:eu-central-1:111122223333:stateMachine:MgnCutover-wave-cutover';
const aliasArn = `${machineArn}:live`;
const migrationArn = machineArn.replace('wave-cutover', 'migration-run');
const aliasOf = (arn: string) => ({
  aliasArn: arn,
  startStatements: () => [
    new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn.replace(/:live$/, '')] }),
  ],
});
const scheduled = (entries: readonly unknown[], { stackName = 'MgnCutover', hasKey = false } = {}) => {
  const stack = new Stack(new App({ analyticsReporting: false }), stackName);
  const deadLetterQueue = new Queue(stack, 'Dead', hasKey ? { encryptionMasterKey: new Key(stack, 'Key') } : {});
  const schedules = parseScheduleFile({ schedules: entries });
  const aliases = { waveCutover: aliasOf(aliasArn), migrationRun: aliasOf(`${migrationArn}:live`) };
  new Schedules(stack, 'Schedules', { ...aliases, schedules, deadLetterQueue });
  return stack;
};

const ScheduleSchema = v.object({
  Name: v.string(),
  GroupName: TextSchema,
  State: v.string(),
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.string(),
  FlexibleTimeWindow: v.unknown(),
  Target: v.object({
    Arn: TextSchema,
    RoleArn: TextSchema,
    Input: TextSchema,
    RetryPolicy: v.unknown(),
    DeadLetterConfig: v.object({ Arn: TextSchema }),
  }),
});
const schedulesOf = (stack: Stack) => resourcesOf(stack, 'AWS::Scheduler::Schedule', ScheduleSchema);
const RequestSchema = v.strictObject({ StateMachineArn: v.string(), Name: v.string(), Input: v.string() });
const requestsOf = (stack: Stack) =>
  schedulesOf(stack).map(({ Target }) => v.parse(v.pipe(v.string(), v.parseJson(), RequestSchema), Target.Input));
const runNamesOf = (...entries: readonly unknown[]) =>
  parseScheduleFile({ schedules: entries }).map(({ runName }) => runName);

describe('a schedule', () => {
  const stack = scheduled([entry]);

  it('starts at its instant in UTC, with no flexible window', () => {
    expect(schedulesOf(stack)).toEqual([
      expect.objectContaining({
        Name: 'wave-07',
        State: 'ENABLED',
        ScheduleExpression: 'at(2027-01-31T22:00:00)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
      }),
    ]);
  });

  it.each([1, 60, 1_440])('is tried again for its window of %i minutes and not a second longer', (windowMinutes) => {
    const [schedule] = schedulesOf(scheduled([{ ...entry, windowMinutes }]));

    expect(schedule?.Target.RetryPolicy).toEqual({
      MaximumEventAgeInSeconds: windowMinutes * 60,
      MaximumRetryAttempts: 185,
    });
  });

  it('leaves a start that could not be made in the dead-letter queue', () => {
    const [queue] = idsOf(stack, 'AWS::SQS::Queue');

    expect(schedulesOf(stack)[0]?.Target.DeadLetterConfig.Arn).toBe(`<${String(queue)}.Arn>`);
  });

  it('calls StartExecution on the alias with a name of its own and the input as it was written', () => {
    const written = { ...input, options: { commit: 'auto' } };
    const withSchema = { ...written, $schema: '../schemas/run-input.schema.json' };
    const [schedule] = schedulesOf(scheduled([{ ...entry, input: withSchema }]));
    const [request] = requestsOf(scheduled([{ ...entry, input: withSchema }]));

    expect(schedule?.Target.Arn).toBe('arn:<AWS::Partition>:scheduler:::aws-sdk:sfn:startExecution');
    expect(request?.StateMachineArn).toBe(aliasArn);
    expect(request?.Name).toMatch(/^wave-07-20270131T220000Z-[0-9a-f]{8}$/);
    expect(JSON.parse(request?.Input ?? '')).toEqual(written);
  });

  it('finds the alias by reference where the account and the region are not known', () => {
    const anywhere = new Stack(new App({ analyticsReporting: false }), 'MgnCutover');
    const anyAlias = (file: string) =>
      aliasOf(`arn:aws:states:${anywhere.region}:${anywhere.account}:stateMachine:M-${file}:live`);
    new Schedules(anywhere, 'Schedules', {
      schedules: parseScheduleFile({ schedules: [entry] }),
      waveCutover: anyAlias('wave-cutover'),
      migrationRun: anyAlias('migration-run'),
      deadLetterQueue: new Queue(anywhere, 'Dead'),
    });

    expect(requestsOf(anywhere)[0]?.StateMachineArn).toBe(
      'arn:aws:states:<AWS::Region>:<AWS::AccountId>:stateMachine:M-wave-cutover:live',
    );
  });

  it('starts a migration, and may start it, where its input has waves', () => {
    const stack = scheduled([{ ...entry, input: { ...migration, $schema: 'x' } }]);
    const [request] = requestsOf(stack);
    const roles = JSON.stringify(resourcesOf(stack, 'AWS::IAM::Role', v.unknown()));

    expect(request?.StateMachineArn).toBe(`${migrationArn}:live`);
    expect(JSON.parse(request?.Input ?? '')).toEqual(migration);
    expect(roles).toContain(migrationArn);
    expect(roles).not.toContain(machineArn);
  });

  it('starts waves and migrations side by side, each by its own alias', () => {
    const stack = scheduled([entry, { ...entry, name: 'all', input: migration }]);

    expect(requestsOf(stack).map(({ StateMachineArn }) => StateMachineArn)).toEqual([aliasArn, `${migrationArn}:live`]);
    expect(JSON.stringify(resourcesOf(stack, 'AWS::IAM::Role', v.unknown()))).toContain(machineArn);
  });

  it('starts nothing while it is not enabled', () => {
    expect(schedulesOf(scheduled([{ ...entry, enabled: false }]))[0]?.State).toBe('DISABLED');
  });

  it('is the same in the template whenever the same file is synthesized', () => {
    const entries = [entry, inGroup('a')];

    expect(allResourcesOf(scheduled(entries))).toEqual(allResourcesOf(scheduled(entries)));
  });
});

describe('the name of a scheduled run', () => {
  it('differs for two nights of the same wave, for two schedules of one night, and for another input', () => {
    const names = [
      ...runNamesOf(entry, { ...entry, name: 'wave-07-again' }),
      ...runNamesOf({ ...entry, at: '2027-02-01T22:00:00Z' }),
      ...runNamesOf({ ...entry, input: { ...input, options: { commit: 'auto' } } }),
    ];

    expect(new Set(names).size).toBe(4);
  });

  it('stays when only the window changes, a default is written out, or the instant is written without seconds', () => {
    const names = [
      ...runNamesOf(entry),
      ...runNamesOf({ ...entry, windowMinutes: 5, at: '2027-01-31T22:00Z' }),
      ...runNamesOf({ ...entry, input: { ...input, options: { commit: 'never' }, $schema: 'x' } }),
    ];

    expect(new Set(names).size).toBe(1);
  });

  it('is a migration’s in the same way', () => {
    const other = { ...migration, wavesAtOnceMax: 2 };
    const names = [migration, other, { ...migration, wavesAtOnceMax: 1, $schema: 'x' }].flatMap((its) =>
      runNamesOf({ ...entry, input: its }),
    );

    expect(new Set(names).size).toBe(2);
    expect(names[2]).toBe(names[0]);
  });

  it('is one that an execution and a run can have, however long the schedule’s own is', () => {
    const [name] = runNamesOf({ ...entry, name: 'n'.repeat(54) });

    expect(v.safeParse(RunIDSchema, name).success).toBe(true);
    expect(name).toHaveLength(80);
  });
});

describe('the groups and the role of schedules', () => {
  const stack = scheduled([entry, inGroup('a'), { ...inGroup('b'), name: 'b-1' }, { ...inGroup('b'), name: 'b-2' }]);

  it('are the stack’s own group and one for each that the file names', () => {
    const groups = resourcesOf(stack, 'AWS::Scheduler::ScheduleGroup', v.object({ Name: v.string() }));

    expect(groups.map(({ Name }) => Name)).toEqual(['MgnCutover', 'MgnCutover-a', 'MgnCutover-b']);
    expect(new Set(schedulesOf(stack).map(({ GroupName }) => GroupName)).size).toBe(3);
  });

  it('let the scheduler start the alias and write to the queue, for these groups of this account, and no more', () => {
    const groups = idsOf(stack, 'AWS::Scheduler::ScheduleGroup');
    const [queue] = idsOf(stack, 'AWS::SQS::Queue');
    const [role] = idsOf(stack, 'AWS::IAM::Role');

    expect(idsOf(stack, 'AWS::IAM::Policy')).toEqual([]);
    expect(resourcesOf(stack, 'AWS::IAM::Role', v.unknown())).toEqual([
      expect.objectContaining({
        AssumeRolePolicyDocument: expect.objectContaining({
          Statement: [
            {
              Action: 'sts:AssumeRole',
              Effect: 'Allow',
              Principal: { Service: 'scheduler.amazonaws.com' },
              Condition: {
                StringEquals: {
                  'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                  'aws:SourceArn': groups.map((group) => ({ 'Fn::GetAtt': [group, 'Arn'] })),
                },
              },
            },
          ],
        }),
        Policies: [
          expect.objectContaining({
            PolicyDocument: expect.objectContaining({
              Statement: [
                { Action: 'states:StartExecution', Effect: 'Allow', Resource: machineArn },
                { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } },
              ],
            }),
          }),
        ],
      }),
    ]);
    expect(new Set(schedulesOf(stack).map(({ Target }) => Target.RoleArn))).toEqual(new Set([`<${String(role)}.Arn>`]));
  });

  it('may use the customer’s key for the queue when the queue has one', () => {
    const roles = JSON.stringify(resourcesOf(scheduled([entry], { hasKey: true }), 'AWS::IAM::Role', v.unknown()));

    expect(roles).toContain('kms:GenerateDataKey');
    expect(roles).toContain('"kms:ViaService"');
  });

  it('are not there when there are no schedules', () => {
    expect(Object.values(allResourcesOf(scheduled([]))).map(({ Type }) => Type)).toEqual(['AWS::SQS::Queue']);
  });

  it('are refused when AWS could not name the group', () => {
    const build = () => scheduled([inGroup('g'.repeat(32))], { stackName: `S${'x'.repeat(32)}` });

    expect(build).toThrow(InvalidScheduleFileError);
    expect(build).toThrow(/at most 64 characters/);
  });
});

describe('a largest possible run', () => {
  it('fits into the 256 KiB that a start may carry', () => {
    const sourceServerIDs = Array.from({ length: runServersMax }, (_, index) => `s-${String(index).padStart(17, '0')}`);
    const [request] = schedulesOf(scheduled([{ ...entry, input: { sourceServerIDs } }]));

    expect(Buffer.byteLength(request?.Target.Input ?? '')).toBeLessThan(256 * 1_024);
  });
});

describe('a file of schedules that is wrong', () => {
  it.each([
    ['no list', { schedule: [] }, /schedules is missing; schedule is not a known field/],
    ['no object', 7, /received 7/],
    ['an entry that is none', { schedules: [entry, 'wave-08'] }, /: entry 2: .*received "wave-08"/],
    ['an unknown field', { schedules: [{ ...entry, window: 5 }] }, /entry 1 "wave-07": window is not a known field/],
    [
      'a missing field',
      { schedules: [{ name: 'wave-07', at: entry.at, input }] },
      /entry 1 "wave-07": windowMinutes is missing/,
    ],
    ['a local time', { schedules: [{ ...entry, at: '2027-01-31T22:00:00' }] }, /entry 1 "wave-07": at: .*ends in Z/],
    ['an offset', { schedules: [{ ...entry, at: '2027-01-31T22:00:00+01:00' }] }, /at: .*ends in Z/],
    ['a day that is none', { schedules: [{ ...entry, at: '2027-02-29T22:00:00Z' }] }, /at: .*calendar.*2027-02-29/],
    ['an hour that is none', { schedules: [{ ...entry, at: '2027-02-28T24:00:00Z' }] }, /at: .*calendar/],
    ['no window', { schedules: [{ ...entry, windowMinutes: 0 }] }, /windowMinutes: expected at least 1 minute/],
    ['a window of days', { schedules: [{ ...entry, windowMinutes: 1_441 }] }, /windowMinutes: .*1440 minutes/],
    ['half a minute', { schedules: [{ ...entry, windowMinutes: 0.5 }] }, /windowMinutes: expected a whole number/],
    ['a name with a blank', { schedules: [{ ...entry, name: 'wave 7' }] }, /entry 1 "wave 7": name: expected letters/],
    ['a long name', { schedules: [{ ...entry, name: 'n'.repeat(55) }] }, /name: expected at most 54 characters/],
    ['a group with a slash', { schedules: [{ ...entry, group: 'a/b' }] }, /entry 1 "wave-07": group: expected 1 to 32/],
    [
      'two entries of one name',
      { schedules: [entry, { ...entry, at: '2027-02-01T22:00:00Z' }] },
      /entry 2 "wave-07": name: entry 1 has the same/,
    ],
    [
      'an input with a slip',
      { schedules: [{ ...entry, input: { waveId: 'wave-00000000000000001' } }] },
      /entry 1 "wave-07": input: .*did you mean waveID\?/,
    ],
    [
      'an input that names nothing to cut over',
      { schedules: [entry, { ...entry, name: 'wave-08', input: {} }] },
      /: entry 2 "wave-08": input: .*exactly one of waveID/,
    ],
    [
      'a migration whose waves wait for each other',
      {
        schedules: [
          {
            ...entry,
            input: { waves: ['a', 'b'].map((name) => ({ name, input, after: [name === 'a' ? 'b' : 'a'] })) },
          },
        ],
      },
      /entry 1 "wave-07": input: .*wait for each other/,
    ],
    [
      'a migration whose runs would have names that are too long',
      {
        schedules: [{ ...entry, name: 'n'.repeat(54), input: migration }],
      },
      /input: The migration's name is too long: the run of wave "crm"/,
    ],
    [
      'an instant before the window of its run',
      { schedules: [{ ...entry, input: { ...input, window: windowFrom('2027-01-31T22:00:01Z') } }] },
      /entry 1 "wave-07": input: window: at 2027-01-31T22:00:00Z it is not open/,
    ],
    [
      'an instant at which the window of its run has closed',
      {
        schedules: [
          { ...entry, input: { ...input, window: windowFrom('2027-01-31T10:00:00Z', '2027-01-31T22:00:00Z') } },
        ],
      },
      /entry 1 "wave-07": input: window: at 2027-01-31T22:00:00Z it is not open/,
    ],
  ])('is refused for %s', (_, content, problem) => {
    expect(() => parseScheduleFile(content)).toThrow(InvalidScheduleFileError);
    expect(() => parseScheduleFile(content)).toThrow(problem);
  });

  it('is taken with an instant inside the window of its run, from the first moment on', () => {
    const windowed = { ...entry, input: { ...input, window: windowFrom(entry.at) } };

    expect(parseScheduleFile({ schedules: [windowed] })).toHaveLength(1);
  });

  it('is told of everything at once', () => {
    const second = { ...entry, name: 'wave-08', at: 'tonight', windowMinutes: 0 };

    expect(() => parseScheduleFile({ schedules: [{ ...entry, windowMinutes: 0 }, second] })).toThrow(
      /"wave-07": windowMinutes.*"wave-08": at.*"wave-08": windowMinutes/,
    );
  });
});

describe('readScheduleFile', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'schedules-'));
  const fileWith = (text: string) => {
    const file = path.join(folder, 'schedules.json');
    writeFileSync(file, text);
    return file;
  };
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds nothing to start in the file that comes with the repository', () => {
    expect(readScheduleFile('infra/schedules.json')).toEqual([]);
  });

  it('reads a team’s own file', () => {
    expect(readScheduleFile(fileWith(JSON.stringify({ schedules: [entry] }))).map(({ name }) => name)).toEqual([
      'wave-07',
    ]);
  });

  it.each([
    ['that is not there', () => path.join(folder, 'none.json'), /none\.json: .*no such file/],
    ['that is not JSON', () => fileWith('{'), /schedules\.json: .*JSON/],
    ['that holds something else', () => fileWith('[]'), /schedules\.json: The schedules cannot be used/],
  ])('names a file %s', (_, file, problem) => {
    expect(() => readScheduleFile(file())).toThrow(InvalidScheduleFileError);
    expect(() => readScheduleFile(file())).toThrow(problem);
  });
});
