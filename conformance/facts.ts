/** What was observed of a real account, as files: one fact each, without the account's number. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

/** Where recorded facts live, from the project's folder. */
export const factsFolder = join('conformance', 'facts');

const FactSchema = v.object({
  /** `case`, `state`, `machine` or `mgn`, and the name of what was asked. */
  kind: v.picklist(['case', 'state', 'machine', 'mgn']),
  name: v.string(),
  region: v.string(),
  /** The day, `YYYY-MM-DD`. */
  date: v.pipe(v.string(), v.isoDate()),
  observed: v.unknown(),
});

/** One recorded fact. */
export type Fact = v.InferOutput<typeof FactSchema>;

/** Stands in for the account's number. */
const anyAccount = '111122223333';

/** Writes the fact, over an earlier one of its kind and name; gives the file's path. */
export async function recordFact(folder: string, fact: Fact, accountID: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${fact.kind}-${fact.name}.json`);
  await writeFile(file, `${JSON.stringify(fact, null, 2).replaceAll(accountID, anyAccount)}\n`);
  return file;
}

/**
 * Reads every fact that is there, in the order of the files' names; none where there is no folder.
 * @throws ValiError for a file that holds no fact.
 */
export async function readFacts(folder: string): Promise<Fact[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return v.parse(v.pipe(v.string(), v.parseJson(), FactSchema), text);
    }),
  );
}
