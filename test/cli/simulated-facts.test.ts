/** A ledger file that runs at a simulator and at AWS share: what one of them learns or holds is nothing to the other. */
import { join } from 'node:path';
import { openWorld } from '../../cli/world.ts';
import { parseRunName } from '../../cli/run-name.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { openSqliteStore } from '../../functions/ledger/sqlite-store.ts';
import { startHttpServer } from '../../simulator/http-server.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { folder, oneWave, waveID } from './command-line.ts';
import { silentIo } from './silent-io.ts';

const files = folder();
const runID = parseRunName('RUN', 'night-1');
const arn = 'arn:aws:mgn:us-east-1:123456789012:source-server/s-0123456789abcdef0';
const place = '123456789012/us-east-1';

it('keeps times and locks of a simulator from real runs, and the runs themselves where everybody finds them', async () => {
  const path = join(files.path, 'shared.sqlite');
  const server = await startHttpServer({
    scenario: parseScenario(oneWave({ hostname: 'web-1' })),
    seed: 1,
    port: 0,
    speed: 1,
  });
  const world = await openWorld({ endpoint: server.endpoint, ledger: path }, { ledger: 'create' }, silentIo());
  const simulated = createLedger(world.store);
  await simulated.createRun({ runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: 1 });
  await simulated.takeLocks([arn], runID, { now: 1, expiresAt: 9 }, 'all');
  await simulated.recordTimings(place, { runID, endedAt: 5, servers: 1, launchSeconds: { p50: 1, p90: 1 } });

  const real = openSqliteStore(path);
  const ledger = createLedger(real);
  expect((await ledger.readRun(runID))?.value.runID).toBe(runID);
  expect((await ledger.readLocks([arn], 2)).size).toBe(0);
  expect((await simulated.readLocks([arn], 2)).get(arn)?.runID).toBe(runID);
  expect(await ledger.readTimings(place)).toEqual([]);
  expect(await simulated.readTimings(place)).toHaveLength(1);

  real.close();
  world.close();
  await server.close();
});
