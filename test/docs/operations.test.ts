/** The documents against the product: links that lead somewhere, a section for each alarm, every setting explained. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { anchorOf } from '../../docs/generate/markdown.ts';
import { alarmFacts, runbookPage } from '../../infra/alarm-facts.ts';
import { settingNames } from '../../infra/settings.ts';

const root = path.join(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const pages = ['README.md', 'CHANGELOG.md', 'simulator/README.md', ...globSync('docs/**/*.md', { cwd: root })];

/** A page without its code, in which nothing is a link or a heading. */
const proseOf = (page: string) =>
  read(page)
    .replace(/^( *)```[^]*?^\1```$/gm, '')
    .replace(/`[^`\n]*`/g, '');

/** Headings of one name are numbered from the second on. */
const anchorsOf = (page: string) => {
  const anchors = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
  return anchors.map((anchor, index) => {
    const earlier = anchors.slice(0, index).filter((known) => known === anchor).length;
    return earlier === 0 ? anchor : `${anchor}-${String(earlier)}`;
  });
};

describe('the documents', () => {
  it.each(pages)('%s links to pages and sections that are there', (page) => {
    const links = [...proseOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const broken = links.filter(([, file = '', anchor]) => {
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });

    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('are all found from the index, or from a page that is', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      const links = [...proseOf(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)];
      const targets = links.map(([, file = '']) => path.join(path.dirname(page), file));
      for (const target of targets.filter((file) => file.endsWith('.md') && existsSync(path.join(root, file)))) {
        reached.add(target);
      }
    }

    expect(pages.filter((page) => !reached.has(page) && !page.startsWith('docs/decisions/'))).toEqual(['CHANGELOG.md']);
  });

  it('tell for every alarm, and for nothing else, what happened, what is true now and what to do', () => {
    const sections = read(runbookPage).split(/^## /m).slice(1);

    expect(sections.map((section) => section.split('\n')[0])).toEqual(
      Object.values(alarmFacts).map(({ anchor }) => anchor),
    );
    for (const section of sections) {
      expect(section).toContain('**What happened.**');
      expect(section).toContain('**What is true now.**');
    }
  });

  it('explain every setting of a deployment', () => {
    const install = read('docs/operations/install.md');

    expect(settingNames.filter((name) => !install.includes(`\`${name}\``))).toEqual([]);
  });
});
