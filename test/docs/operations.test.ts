/** The documents against the product: links that lead somewhere, a section for each alarm, every setting explained. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { alarmFacts, runbookPage } from '../../infra/alarm-facts.ts';
import { settingNames } from '../../infra/settings.ts';

const root = path.join(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const pages = ['README.md', 'CHANGELOG.md', 'simulator/README.md', ...globSync('docs/**/*.md', { cwd: root })];

const anchorsOf = (page: string) =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('the documents', () => {
  it.each(pages)('%s links to pages and sections that are there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const broken = links.filter(([, file = '', anchor]) => {
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });

    expect(broken.map(([link]) => link)).toEqual([]);
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
