/**
 * Run as a process of its own: races others for an SQLite ledger, and prints what it got. Then writes pairs of items of
 * one value, for the others to find torn if they can.
 */
import * as v from 'valibot';
import { LedgerConflictError } from '../../../functions/domain/errors.ts';
import { RunIDSchema } from '../../../functions/domain/identifiers.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';

const [file = '', name = '', from = '0', count = '0'] = process.argv.slice(2);
const store = openSqliteStore(file);
const ledger = createLedger(store);
const runID = v.parse(RunIDSchema, name);
const shared = v.parse(RunIDSchema, 'shared');
const now = 0;

const run = { runID: shared, input: parseRunInput({ waveID: `wave-${'1'.repeat(17)}` }), nonce: name, createdAt: now };
const created = await ledger.createRun(run);

const attempt = { kind: 'START_CUTOVER', batchID: 'batch-001', tryNumber: 1, token: name } as const;
const times = { attemptedAt: now, calledAt: now, isAnswered: false };
const hasAttempt = await ledger
  .saveAttempt(shared, { ...attempt, ...times, sourceServerIDs: [], knownJobIDs: [], state: 'ATTEMPTED' }, undefined)
  .then(
    () => true,
    (error: unknown) => {
      if (error instanceof LedgerConflictError) return false;
      throw error;
    },
  );

const arns = Array.from(
  { length: Number(count) },
  (_, index) => `arn:${String(Number(from) + index).padStart(4, '0')}`,
);
const conflicts = await ledger.takeLocks(arns, runID, { now, expiresAt: 1_000 }, 'all');

for (let value = 0; value < 25; value += 1) {
  const pair = ['one', 'other'].map((sort) => ({ partition: 'pair', sort, expect: 'any' as const }));
  await store.write(pair.map((change) => ({ ...change, value: `${name}-${value}` })));
  const read = await store.readAll('pair');
  if (read[0]?.value !== read[1]?.value) throw new Error('a write was seen in part');
}
store.close();
process.stdout.write(
  JSON.stringify({ name, nonce: created.value.nonce, hasAttempt, arns, isWinner: conflicts.length === 0 }),
);
