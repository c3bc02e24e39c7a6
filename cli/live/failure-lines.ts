/** The failures as lines that stay in their place below the rows. */
import { shellWord } from '../shell-word.ts';
import { phaseWord } from './alphabet.ts';
import type { Failure } from './failures.ts';
import { cut, plain } from './fit.ts';
import { pinnedLines, shortened } from './pinned.ts';
import type { RunHeader } from './progress.ts';
import { symbolOf, type Palette } from './style.ts';

const indent = '    ';
const namesMax = 3;
const causeLinesMax = 2;

/** As many failures as fit into `linesMax` lines, each whole, and how many there are beside them. */
export function failureLines(
  failures: readonly Failure[],
  header: RunHeader,
  { columns, linesMax, hasKeys }: { readonly columns: number; readonly linesMax: number; readonly hasKeys: boolean },
  palette: Palette,
): string[] {
  const [first] = failures;
  if (first === undefined || linesMax < 1) return [];
  if (linesMax < failureLinesMin) return [shortest(failures.length, first, columns, palette)];
  const lines: string[] = [];
  let told = 0;
  for (const failure of failures) {
    const next = linesOf(failure, header, columns, palette);
    const isLast = told === failures.length - 1;
    if (told > 0 && lines.length + next.length + (isLast ? 0 : 1) > linesMax) break;
    lines.push(...next);
    told += 1;
  }
  const hidden = failures.length - told;
  if (hidden === 0) return lines;
  return [...lines, palette.strong(`  and ${String(hidden)} more${hasKeys ? ': press f' : ''}`)];
}

/** With less room than this, one line says that there is something. */
const failureLinesMin = 4;

function shortest(count: number, failure: Failure, columns: number, palette: Palette): string {
  const more = count === 1 ? '' : `, and ${String(count - 1)} more`;
  const phase = failure.servers[0]?.record.phase ?? 'failed';
  const text = `${symbolOf(phase)} ${namesOf(failure)}${more}: ${failure.cause}`;
  return palette.of(failure.standing, palette.strong(cut(text, columns)));
}

function linesOf(failure: Failure, header: RunHeader, columns: number, palette: Palette): string[] {
  const { servers, standing, cause, blastRadius } = failure;
  const phase = servers[0]?.record.phase ?? 'failed';
  const [head = '', ...more] = shortened(
    `${symbolOf(phase)} ${namesOf(failure)}, ${phaseWord(phase)}: ${cause}`,
    columns,
    causeLinesMax,
    indent,
  );
  return [
    palette.of(standing, palette.strong(head)),
    ...more.map((line) => palette.of(standing, line)),
    ...shortened(`${indent}${blastRadius}`, columns, 1, indent),
    ...nextLines(failure, header, columns),
  ];
}

/** Such as `web-1, web-2 and 4 more (shop)`. */
function namesOf({ servers }: Failure): string {
  const names = servers.slice(0, namesMax).map(({ name }) => name);
  const hidden = servers.length - names.length;
  const application = servers[0]?.application ?? '';
  const who = hidden > 0 ? `${names.join(', ')} and ${String(hidden)} more` : names.join(', ');
  return application === '' ? who : `${who} (${application})`;
}

/** A rehearsal is over with the command, so that nobody could ask it anything: there it says what would mend it. */
function nextLines({ servers, nextStep, remedy }: Failure, header: RunHeader, columns: number): string[] {
  const [first] = servers;
  if (header.isRehearsal || header.flags === undefined || first === undefined)
    return remedy === undefined ? [] : shortened(`${indent}${remedy}`, columns, 1, `${indent}  `);
  const run = plain(first.runID ?? header.name);
  const explain = `mgn-cutover explain ${shellWord(first.name)} --run ${run} ${header.flags}`;
  const step = nextStep === undefined ? explain : plain(nextStep);
  return pinnedLines(`${indent}next: ${step}`, columns);
}
