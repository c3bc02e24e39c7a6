/** Everything in the documents that is made from something else: where it is, and how it is made. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as markdown from 'prettier/plugins/markdown';
import { format } from 'prettier/standalone';
import style from '../../.prettierrc.json' with { type: 'json' };
import { commandPage } from './command-page.ts';
import { conceptPictures } from './concept-pictures.ts';
import { errorPage } from './error-page.ts';
import { machineDiagram, machineNames } from './machine-diagram.ts';
import { machinesPage } from './machines-page.ts';
import { reasonPage } from './reason-page.ts';
import { schemaPages } from './schema-pages.ts';

/** A file that is made: its path in the repository and what makes its text. */
export interface MadeFile {
  readonly path: string;
  readonly make: () => Promise<string>;
}

/** All of them; `root` is the repository's folder. */
export function madeFiles(root: string): MadeFile[] {
  const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
  const pages: Readonly<Record<string, () => string | Promise<string>>> = {
    'docs/state-machines.md': machinesPage,
    'docs/reference/commands.md': commandPage,
    'docs/reference/errors.md': () => errorPage(read('functions/domain/errors.ts')),
    'docs/reference/reason-codes.md': () => reasonPage(functionSources(root)),
    ...Object.fromEntries(Object.entries(schemaPages).map(([name, make]) => [`docs/reference/${name}`, make])),
  };
  return [
    ...machineNames.map((name) => ({ path: `docs/diagrams/${name}.svg`, make: () => machineDiagram(name) })),
    ...Object.entries(conceptPictures).map(([name, draw]) => ({
      path: `docs/diagrams/${name}.svg`,
      make: () => Promise.resolve(draw()),
    })),
    ...Object.entries(pages).map(([page, make]) => ({
      path: page,
      make: async () => formatted(await make()),
    })),
  ];
}

/** Pages are formatted as everything else is, so that the check of the format has nothing to say. */
async function formatted(text: string): Promise<string> {
  return format(text, { ...style, parser: 'markdown', plugins: [markdown] });
}

function functionSources(root: string): Map<string, string> {
  const folder = path.join(root, 'functions');
  const files = globSync('{domain,handlers,shared,hooks,ec2,ledger,mgn,accounts}/*.ts', { cwd: folder }).sort();
  return new Map(files.map((file) => [file.replaceAll(path.sep, '/'), readFileSync(path.join(folder, file), 'utf8')]));
}
