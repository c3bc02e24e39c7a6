/** Prints the scores of the last mutation run as the table of docs/reliability/mutation.md: `npx node test/mutation/score-table.ts`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

const ReportSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ files: v.record(v.string(), v.object({ mutants: v.array(v.object({ status: v.string() })) })) }),
);

const { files } = v.parse(ReportSchema, readFileSync('reports/mutation/mutation.json', 'utf8'));
const statuses = Object.entries(files)
  .map(([file, { mutants }]) => ({
    name: `\`${path.basename(file)}\``,
    found: mutants.map(({ status }) => status).filter((status) => status !== 'Ignored'),
  }))
  .sort((one, other) => (one.name < other.name ? -1 : 1));
const all = { name: '**all**', found: statuses.flatMap(({ found }) => found) };

/** Killed and timed-out mutants are detected; those that no test reaches count as survivors. */
const rows = [all, ...statuses.filter(({ found }) => found.length > 0)].map(({ name, found }) => {
  const detected = found.filter((status) => status === 'Killed' || status === 'Timeout').length;
  const score = ((100 * detected) / found.length).toFixed(1);
  return `| ${name} | ${String(found.length)} | ${String(found.length - detected)} | ${score} |`;
});
process.stdout.write(['| file | mutants | left | score |', '| --- | ---: | ---: | ---: |', ...rows, ''].join('\n'));
