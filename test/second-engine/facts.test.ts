/** What somebody has recorded of AWS itself (`npm run conformance:aws`), against our engine as it is now. */
import { conformanceCases } from '../../conformance/cases/index.ts';
import { differences, type ConformanceCase, type Observation } from '../../conformance/conformance-case.ts';
import { factsFolder, readFacts, type Fact } from '../../conformance/facts.ts';
import { onOurEngine } from '../../conformance/on-our-engine.ts';
import { onOurEngine as stateOnOurEngine, stateTests } from '../../conformance/state-tests.ts';
import { existsSync, readdirSync } from 'node:fs';

const hasFacts = existsSync(factsFolder) && readdirSync(factsFolder).some((name) => name.endsWith('.json'));

/** What our engine has to say to a fact, and in what it differs. */
async function differencesFrom({ kind, name, observed }: Fact): Promise<string[]> {
  if (kind === 'case') {
    const aCase = conformanceCases.find((candidate) => candidate.name === name);
    return aCase === undefined || !isObservation(observed) ? ['not a case'] : differences(await ours(aCase), observed);
  }
  if (kind === 'state') {
    const test = stateTests().find((candidate) => candidate.name === name);
    // A state that is no more has nothing to answer for.
    if (test === undefined) return [];
    expect(await stateOnOurEngine(test)).toEqual(observed);
  }
  if (kind === 'machine') expect(observed).toEqual({ isAccepted: true });
  return [];
}

const ours = (aCase: ConformanceCase) => onOurEngine(aCase);
const isObservation = (value: unknown): value is Observation =>
  typeof value === 'object' && value !== null && 'status' in value && 'events' in value;

describe('our engine', () => {
  if (!hasFacts) {
    it.skip('agrees with every fact recorded of AWS (none is: nobody has run `npm run conformance:aws` yet)', () =>
      undefined);
    return;
  }
  it('agrees with every fact recorded of AWS', async () => {
    const told: string[] = [];
    for (const fact of await readFacts(factsFolder)) {
      const differing = await differencesFrom(fact);
      if (differing.length > 0) told.push(`${fact.kind}-${fact.name} (${fact.date}): ${differing.join(', ')}`);
    }
    expect(told).toEqual([]);
  });
});
