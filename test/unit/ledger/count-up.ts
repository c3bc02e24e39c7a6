/** Run as a process of its own: counts an item of an SQLite ledger up, `times` times, against whoever else does. */
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';

const [file = '', times = '0'] = process.argv.slice(2);
const store = openSqliteStore(file);
for (let done = 0; done < Number(times);) {
  const item = await store.read('p', 'count');
  const change = { partition: 'p', sort: 'count', expect: item?.version ?? ('absent' as const) };
  if (await store.write([{ ...change, value: Number(item?.value ?? 0) + 1 }])) done += 1;
}
store.close();
