/** Small machines on two interpreters of the Amazon States Language: what they agree on, and each thing they do not. */
import { conformanceCases } from '../../conformance/cases/index.ts';
import { comparable, differences, type Observation } from '../../conformance/conformance-case.ts';
import { onOurEngine } from '../../conformance/on-our-engine.ts';
import { observeOnMoto, startMotoForCases } from './cases-on-moto.ts';
import { divergences } from './divergences.ts';
import { describeWithMoto } from './with-moto.ts';

const cases = conformanceCases.filter(({ onlyAws }) => onlyAws === undefined);
const divergent = new Map(divergences.map((divergence) => [divergence.name, divergence]));

describeWithMoto('a second interpreter', () => {
  let theirs: ReadonlyMap<string, Observation> = new Map();

  beforeAll(async () => {
    const engine = await startMotoForCases();
    try {
      theirs = await observeOnMoto(engine, cases);
    } finally {
      await engine.stop();
    }
  }, 90_000);

  it.each(cases.filter(({ name }) => !divergent.has(name)))('agrees with ours about $name', async (aCase) => {
    const ours = await onOurEngine(aCase);
    const other = theirs.get(aCase.name);

    expect(other && comparable(other)).toEqual(comparable(ours));
  });

  it.each(divergences)(
    'still differs from ours about $name, in its $differsIn',
    async ({ name, differsIn, apartFrom }) => {
      const aCase = cases.find((candidate) => candidate.name === name);
      const other = theirs.get(name);
      if (aCase === undefined || other === undefined) throw new Error(`there is no case ${name}`);

      const ours = await onOurEngine(aCase);

      expect(differences(ours, other)).toEqual(differsIn);
      if (apartFrom !== undefined) {
        expect(without(comparable(other), apartFrom)).toEqual(without(comparable(ours), apartFrom));
      }
    },
  );
});

/** The value without these members, at any depth. */
function without(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !names.includes(key));
  return Object.fromEntries(kept.map(([key, member]) => [key, without(member, names)]));
}
