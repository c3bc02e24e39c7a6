/** The table, the functions and the state machines as they would be deployed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CutoverStateMachine, UnknownPlaceholderError } from '../../infra/cutover-state-machine.ts';
import { readSettings } from '../../infra/settings.ts';
import { steps } from '../../infra/steps.ts';
import { parseDefinition } from '../../local/asl.ts';
import { statesOf } from '../../local/asl-rules/rule.ts';
import { synthesize } from './synthesize.ts';

const { resources, functions, machines } = synthesize();
const folder = path.join(__dirname, '../../statemachine');
const fileNames = readdirSync(folder).map((file) => file.replace('.asl.json', ''));
const readFile = (fileName: string): unknown =>
  JSON.parse(readFileSync(path.join(folder, `${fileName}.asl.json`), 'utf8'));
const machineOf = (fileName: string) => {
  const found = machines.find(({ properties }) => properties.StateMachineName === `MgnCutover-${fileName}`);
  if (found === undefined) throw new Error(`no machine is named for ${fileName}`);
  return found;
};
const placeholdersOf = (text: string) => [...new Set(text.match(/(?<=\$\{)\w+(?=\})/g))];

describe('the stack', () => {
  it('keeps the ledger on demand, recoverable to a point in time, and beyond the stack’s own end', () => {
    const tables = Object.values(resources).filter((resource) => resource.Type === 'AWS::DynamoDB::Table');

    expect(tables).toEqual([
      expect.objectContaining({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: expect.objectContaining({
          BillingMode: 'PAY_PER_REQUEST',
          DeletionProtectionEnabled: true,
          KeySchema: [
            { AttributeName: 'partition', KeyType: 'HASH' },
            { AttributeName: 'sort', KeyType: 'RANGE' },
          ],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        }),
      }),
    ]);
  });

  it('fits an account and region that it knows nothing of', () => {
    expect(JSON.stringify(resources)).not.toMatch(/\b\d{12}\b|(us|eu|ap)-[a-z]+-\d/);
  });

  it('stays small', () => {
    expect(Object.keys(resources).length).toBeLessThan(120);
  });

  it('keeps every log for a bounded time', () => {
    const logGroups = Object.values(resources).filter((resource) => resource.Type === 'AWS::Logs::LogGroup');

    expect(logGroups).toHaveLength(functions.length + machines.length);
    for (const { Properties } of logGroups) expect(Properties).toMatchObject({ RetentionInDays: 180 });
  });
});

describe('the functions', () => {
  it('are the steps that the state machines call, each one and no other', () => {
    const called = fileNames.flatMap((fileName) => placeholdersOf(JSON.stringify(readFile(fileName))));
    const names = called.filter((name) => name.endsWith('FunctionArn')).map((name) => name.replace('FunctionArn', ''));

    expect(functions.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
  });

  it('are one to each file of functions/handlers', () => {
    const files = readdirSync(path.join(__dirname, '../../functions/handlers'));

    expect(
      Object.values(steps)
        .map(({ handlerFile }) => `${handlerFile}.ts`)
        .sort(),
    ).toEqual(files.filter((file) => file !== 'index.ts').sort());
  });

  it('run on Node 24 on arm64, traced, and know the ledger’s table', () => {
    const [tableID] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::DynamoDB::Table') ?? [];
    for (const { properties } of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        Environment: { Variables: { LEDGER_TABLE_NAME: { Ref: tableID }, NODE_OPTIONS: '--enable-source-maps' } },
      });
    }
  });

  it.each(fileNames)('are over before a state of %s that waits for one may call it again', (fileName) => {
    const states = statesOf(parseDefinition(fileName, readFile(fileName)));
    const late = states.flatMap(({ stateName, state }) => {
      const name = /\$\{(\w+)FunctionArn\}/.exec(String(state['Resource']))?.[1];
      const called = functions.find((candidate) => candidate.name === name);
      return called !== undefined && called.properties.Timeout >= Number(state['TimeoutSeconds']) ? [stateName] : [];
    });

    expect(late).toEqual([]);
  });
});

describe('the state machines', () => {
  it('are the files of statemachine/', () => {
    expect(machines.map(({ properties }) => properties.StateMachineName).sort()).toEqual(
      fileNames.map((fileName) => `MgnCutover-${fileName}`).sort(),
    );
  });

  it.each(fileNames)('%s is deployed as it is written', (fileName) => {
    expect(JSON.parse(machineOf(fileName).properties.DefinitionString)).toEqual(readFile(fileName));
  });

  it.each(fileNames)('%s logs every event and no payload, and is traced', (fileName) => {
    expect(machineOf(fileName).properties).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false, Destinations: [expect.anything()] },
      TracingConfiguration: { Enabled: true },
    });
  });

  it.each(fileNames)('%s is given exactly what it asks for', (fileName) => {
    const { DefinitionString, DefinitionSubstitutions } = machineOf(fileName).properties;

    expect(Object.keys(DefinitionSubstitutions).sort()).toEqual(placeholdersOf(DefinitionString).sort());
    for (const [placeholder, value] of Object.entries(DefinitionSubstitutions)) {
      const given =
        'Ref' in value
          ? machines.find(({ logicalID }) => logicalID === value.Ref)?.properties.StateMachineName
          : functions.find(({ logicalID }) => logicalID === value['Fn::GetAtt'][0])?.name;
      expect(
        given
          ?.replace(/^MgnCutover-/, '')
          .replaceAll('-', '')
          .toLowerCase(),
      ).toBe(placeholder.replace(/(Function|StateMachine)Arn$/, '').toLowerCase());
    }
  });

  it.each(fileNames)('%s may call the functions and start the machines it asks for, and no others', (fileName) => {
    const { properties, statements } = machineOf(fileName);
    const given = Object.values(properties.DefinitionSubstitutions).map((value) => JSON.stringify(value));
    const granted = (action: string) =>
      statements.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource);

    expect([...granted('lambda:InvokeFunction'), ...granted('states:StartExecution')].sort()).toEqual(given.sort());
    expect(granted('states:StopExecution')).toHaveLength(granted('states:StartExecution').length);
    expect(granted('events:PutRule').join()).toMatch(
      granted('states:StartExecution').length === 0 ? /^$/ : /StepFunctionsGetEventsForStepFunctionsExecutionRule/,
    );
  });

  it('cannot be made of a file that asks for what is not there', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Incomplete');
    const build = () =>
      new CutoverStateMachine(stack, 'Wave', {
        fileName: 'wave-cutover',
        functions: new Map(),
        children: new Map(),
      });

    expect(build).toThrow(UnknownPlaceholderError);
  });
});

describe('readSettings', () => {
  it.each([
    [undefined, []],
    [
      ['web', 'team/db'],
      ['web', 'team/db'],
    ],
    ['web,team/db', ['web', 'team/db']],
    ['', []],
  ])('reads role names given as %j', (targetInstanceRoleNames, expected) => {
    const app = new App({ analyticsReporting: false, context: { targetInstanceRoleNames } });

    expect(readSettings(app.node)).toEqual({ targetInstanceRoleNames: expected });
  });

  it('refuses what is no list of names', () => {
    const app = new App({ analyticsReporting: false, context: { targetInstanceRoleNames: 7 } });

    expect(() => readSettings(app.node)).toThrow();
  });
});
