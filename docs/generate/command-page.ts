/** The reference of the command line: what every verb says of itself when asked for help, at a fixed width. */
import { PassThrough } from 'node:stream';
import { main } from '../../cli/main.ts';
import { madeFrom } from './markdown.ts';

/** Columns of the help in the page. */
const columns = 100;

/** What a command line prints when it is run in this process, without a terminal and without an environment. */
export async function printed(argv: readonly string[], width: number = columns): Promise<string> {
  const stdout = Object.assign(new PassThrough(), { columns: width });
  const chunks: string[] = [];
  stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  const stderr = Object.assign(new PassThrough(), { columns: width });
  await main(argv, {
    stdout,
    stderr,
    stdin: new PassThrough(),
    isTerminal: false,
    isAnswerable: false,
    env: {},
    onInterrupt: () => () => undefined,
  });
  stdout.end();
  await new Promise((resolve) => stdout.once('end', resolve).resume());
  return chunks.join('');
}

/** A verb as the program's help lists it. */
export interface ListedVerb {
  readonly name: string;
  readonly description: string;
}

/** The verbs in the order of the program's own help, whatever headings they stand under. */
export async function listedVerbs(): Promise<ListedVerb[]> {
  const help = await printed(['--help'], 1_000);
  return [...help.matchAll(/^ {2}([a-z][\w-]*)(?: (?:\[options\]|[<[][^ >\]]+[>\]]))* {2,}(\S.*)$/gm)]
    .map(([, name = '', description = '']) => ({ name, description }))
    .filter(({ name }) => name !== 'help');
}

/** Makes the page. */
export async function commandPage(): Promise<string> {
  const verbs = await listedVerbs();
  const sections = await Promise.all(
    verbs.map(async ({ name }) => ['', `## ${name}`, '', ...codeBlock(await printed([name, '--help']))]),
  );
  return [
    madeFrom('the help of the command line itself'),
    '',
    '# Commands',
    '',
    'Everything is run from a clone of this repository as `npx mgn-cutover VERB …`; the text here is what `npx mgn-cutover VERB --help` prints. What the verbs are for, in the order of the night, is in the [README](../../README.md#the-verbs-in-the-order-of-the-night).',
    '',
    ...codeBlock(await printed(['--help'])),
    ...sections.flat(),
    '',
  ].join('\n');
}

function codeBlock(text: string): string[] {
  return ['```text', ...text.trimEnd().split('\n'), '```'];
}
