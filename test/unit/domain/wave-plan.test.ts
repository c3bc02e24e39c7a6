import * as v from 'valibot';
import { BatchIDSchema } from '../../../functions/domain/identifiers.ts';
import { chunksOf, planBatches, type Batch, type PlannedServer } from '../../../functions/domain/wave-plan.ts';
import { seededRandom } from '../../../simulator/seeded-random.ts';
import { applicationID, sourceServerID } from '../../support/domain-builders.ts';

/** Servers numbered from `first`, all of one application, or of none when it is 0. */
const serversOf = (application: number, first: number, count: number): PlannedServer[] =>
  Array.from({ length: count }, (_, index) => ({
    sourceServerID: sourceServerID(first + index),
    applicationID: application === 0 ? undefined : applicationID(application),
  }));

const sizesOf = (batches: readonly Batch[]) => batches.map((batch) => batch.sourceServerIDs.length);

/** A wave of up to 60 applications of 1 to 40 servers and some servers without one, and a batch size, from a seed. */
const waveFrom = (seed: number) => {
  const random = seededRandom(seed, 'wave');
  const below = (limit: number) => Math.floor(random() * limit);
  const servers: PlannedServer[] = [];
  const applications = 1 + below(60);
  for (let application = 1; application <= applications; application += 1) {
    servers.push(...serversOf(application, servers.length + 1, 1 + below(40)));
  }
  servers.push(...serversOf(0, servers.length + 1, below(10)));
  const shuffled = servers
    .map((server) => ({ server, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ server }) => server);
  return { servers, shuffled, serversMax: 1 + below(50) };
};

const seeds = Array.from({ length: 50 }, (_, seed) => seed);

describe('planBatches', () => {
  it('plans nothing for nobody', () => {
    expect(planBatches([], 200)).toEqual([]);
  });

  it('puts what fits into one batch', () => {
    expect(sizesOf(planBatches([...serversOf(1, 1, 120), ...serversOf(2, 121, 80)], 200))).toEqual([200]);
  });

  it('starts another batch for an application that does not fit', () => {
    expect(sizesOf(planBatches([...serversOf(1, 1, 120), ...serversOf(2, 121, 81)], 200))).toEqual([120, 81]);
  });

  it('splits only an application that is larger than a batch', () => {
    expect(sizesOf(planBatches(serversOf(1, 1, 450), 200))).toEqual([200, 200, 50]);
  });

  it('fills the rest of a split application with small ones', () => {
    const batches = planBatches([...serversOf(1, 1, 250), ...serversOf(2, 251, 150)], 200);
    expect(sizesOf(batches)).toEqual([200, 200]);
  });

  it('keeps servers without an application apart from each other', () => {
    expect(sizesOf(planBatches(serversOf(0, 1, 3), 2))).toEqual([2, 1]);
  });

  it('numbers batches from 001, up to a thousand batches of one', () => {
    const batches = planBatches(serversOf(0, 1, 1_000), 1);
    expect(batches[0]?.batchID).toBe('batch-001');
    expect(batches.at(-1)?.batchID).toBe('batch-1000');
    expect(batches.every(({ batchID }) => v.is(BatchIDSchema, batchID))).toBe(true);
    expect(new Set(batches.map(({ batchID }) => batchID)).size).toBe(1_000);
  });

  describe.each(seeds)('with the wave of seed %d', (seed) => {
    const { servers, shuffled, serversMax } = waveFrom(seed);
    const batches = planBatches(servers, serversMax);

    it('places every server exactly once, in batches that are neither empty nor too large', () => {
      const placed = batches.flatMap((batch) => batch.sourceServerIDs);
      expect([...placed].sort()).toEqual(servers.map((server) => server.sourceServerID).sort());
      expect(sizesOf(batches).every((size) => size >= 1 && size <= serversMax)).toBe(true);
    });

    it('keeps every application whole that fits a batch', () => {
      const batchesOf = new Map<string, { count: number; batchIDs: Set<string> }>();
      for (const { sourceServerID: id, applicationID: application } of servers) {
        if (application === undefined) continue;
        const batchID = batches.find((batch) => batch.sourceServerIDs.includes(id))?.batchID ?? 'none';
        const seen = batchesOf.get(application) ?? { count: 0, batchIDs: new Set() };
        batchesOf.set(application, { count: seen.count + 1, batchIDs: seen.batchIDs.add(batchID) });
      }
      for (const { count, batchIDs } of batchesOf.values()) {
        expect(batchIDs.size).toBe(count <= serversMax ? 1 : Math.ceil(count / serversMax));
      }
    });

    it('is the same whatever order the servers come in', () => {
      expect(planBatches(shuffled, serversMax)).toEqual(batches);
    });
  });
});

describe('chunksOf', () => {
  it.each([
    [[], 3, []],
    [[1, 2], 3, [[1, 2]]],
    [[1, 2, 3], 3, [[1, 2, 3]]],
    [[1, 2, 3, 4], 3, [[1, 2, 3], [4]]],
  ])('%j by %d', (items, size, expected) => {
    expect(chunksOf(items, size)).toEqual(expected);
  });
});
