import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { faultRuleSchema } from '../../simulator/faults/fault-rule.ts';
import { readScenario } from '../../simulator/scenario/parse-scenario.ts';
import { modelledOperations, unmodelledOperations } from '../../simulator/wire/operation-names.ts';
import { switchesSchema } from '../../simulator/world/switches.ts';

const readme = readFileSync(join(process.cwd(), 'simulator', 'README.md'), 'utf8');

const section = (title: string): string => readme.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

const words = (text: string): string[] => text.match(/\b[A-Z][A-Za-z]+\b/g) ?? [];

describe('the simulator’s README', () => {
  it('lists every modelled operation, and every other by name', () => {
    const modelled = words(section('What is modelled').split('Requests are validated')[0] ?? '');
    expect(modelled.toSorted()).toEqual(modelledOperations.toSorted());
    expect(words(section('What is not'))).toEqual(expect.arrayContaining([...unmodelledOperations]));
  });

  it('lists every switch with its default first', () => {
    const listed = [...section('Switches').matchAll(/^\| `(\w+)` +\| `(\w+)`/gm)].map(([, name, first]) => [
      name,
      first,
    ]);
    const defaults = Object.entries(switchesSchema.entries).map(([name, { default: value }]) => [name, String(value)]);
    expect(listed).toEqual(defaults);
  });

  it('names every fault', () => {
    const faults = faultRuleSchema.pipe[0].options.map(({ entries }) => entries.fault.literal);
    expect([...section('The scenario').matchAll(/^\| `(\w+)` +\|/gm)].map(([, fault]) => fault).toSorted()).toEqual(
      ['fault', ...faults].toSorted(),
    );
  });

  it('shows a scenario that parses', () => {
    const example = /```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(readScenario(example).waves[0]?.applications[0]?.servers).toHaveLength(3);
  });
});
