/** Executions end on the code they were begun with: what is published, and who refers to which version. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { steps } from '../../infra/steps.ts';
import { synthesize } from './synthesize.ts';

const { resources, functions, machines, outputs, ofType } = synthesize();
const fileNames = readdirSync(path.join(__dirname, '../../statemachine')).map((file) => file.replace('.asl.json', ''));
const functionVersions = ofType('AWS::Lambda::Version');
const machineVersions = ofType('AWS::StepFunctions::StateMachineVersion');
const aliases = ofType('AWS::StepFunctions::StateMachineAlias');
const unwrap = (reference: unknown) => String(reference).replace(/^<(.*)>$/, '$1');

/** The name of the step or the file of the machine that a reference to a version leads to. */
const publishedAs = (reference: string): string | undefined => {
  const version = functionVersions[unwrap(reference)] ?? machineVersions[unwrap(reference)];
  const target = unwrap(version?.['FunctionName'] ?? version?.['StateMachineArn']);
  return (
    functions.find(({ logicalID }) => logicalID === target)?.name ??
    machines.find(({ logicalID }) => logicalID === target)?.file
  );
};

describe('a state machine', () => {
  it.each(fileNames)('%s is given a published version of exactly what it asks for', (fileName) => {
    const machine = machines.find(({ file }) => file === fileName);
    const { DefinitionString = '', DefinitionSubstitutions = {} } = machine?.properties ?? {};
    const placeholders = [...new Set(DefinitionString.match(/(?<=\$\{)\w+(?=\})/g))];

    expect(placeholders.length).toBeGreaterThan(0);
    expect(Object.keys(DefinitionSubstitutions).sort()).toEqual(placeholders.sort());
    for (const [placeholder, value] of Object.entries(DefinitionSubstitutions)) {
      const asked = placeholder.replace(/(Function|StateMachine)Arn$/, '').toLowerCase();
      expect(publishedAs(value)?.replaceAll('-', '').toLowerCase()).toBe(asked);
    }
  });

  it('is published anew at every revision, and each version stays', () => {
    const revisions = machines.map(({ logicalID }) => ({
      StateMachineArn: `<${logicalID}>`,
      StateMachineRevisionId: `<${logicalID}.StateMachineRevisionId>`,
    }));

    expect(Object.values(machineVersions)).toEqual(revisions);
    for (const id of Object.keys(machineVersions)) {
      expect(resources[id]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('is started by the alias live of its latest version, but for the shifts, which only a wave starts', () => {
    const targets = Object.values(aliases).map((alias) => {
      expect(alias).toEqual({
        Name: 'live',
        RoutingConfiguration: [{ StateMachineVersionArn: expect.any(String), Weight: 100 }],
      });
      return publishedAs(/"StateMachineVersionArn":"([^"]*)"/.exec(JSON.stringify(alias))?.[1] ?? '');
    });

    expect(targets).toEqual(['migration-run', 'wave-cutover', 'rollback', 'commit']);
    expect(['MigrationRun', 'WaveCutover', 'Rollback', 'Commit'].map((name) => outputs[`${name}AliasArn`])).toEqual(
      Object.keys(aliases).map((id) => `<${id}>`),
    );
  });

  it('is not started anew before everything else is deployed', () => {
    const needed = ['AWS::StepFunctions::StateMachineVersion', 'AWS::Events::Rule', 'AWS::CloudWatch::Alarm'];
    const started = Object.keys(machineVersions).filter((id) => publishedAs(id) !== 'cutover-shift');

    for (const id of Object.keys(aliases)) {
      const waitsFor = v.parse(v.array(v.string()), resources[id]?.['DependsOn']);
      expect(waitsFor).toEqual(expect.arrayContaining(started));
      for (const type of needed) expect(waitsFor.map((other) => resources[other]?.Type)).toContain(type);
    }
  });
});

describe('a step’s function', () => {
  it('is published, and each version stays, but for one whose deployment failed and would stand in the way', () => {
    const published = Object.keys(functionVersions).map((id) => publishedAs(id));

    expect(published.sort()).toEqual(Object.keys(steps).sort());
    for (const id of Object.keys(functionVersions)) {
      expect(resources[id]).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('is published anew when what it is told changes, and not when nothing does', () => {
    const versionsWith = (context: Readonly<Record<string, unknown>>) =>
      Object.keys(synthesize(context).ofType('AWS::Lambda::Version'));
    const before = Object.keys(functionVersions);

    expect(versionsWith({})).toEqual(before);
    expect(versionsWith({ ledgerRetentionDays: '30' }).filter((id) => before.includes(id))).toEqual([]);
  });
});
