import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { readJson } from '../../../cli/read-json.ts';
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';
import { commandLine, folder, oneWave, waveID } from '../../cli/command-line.ts';
import { expectRefusal } from './clean-refusal.ts';

jest.setTimeout(30_000);

const files = folder();
const wave = files.file('wave.json', { waveID });
const scenario = files.file('scenario.json', oneWave({ hostname: 'web-1' }));
const at = (name: string): string => join(files.path, name);
const bytes = (name: string, content: Buffer): string => {
  writeFileSync(at(name), content);
  return at(name);
};

mkdirSync(at('directory'));
symlinkSync(at('loop'), at('loop'));
symlinkSync(at('nowhere'), at('dangling'));
const large = bytes('large.json', Buffer.alloc(0));
truncateSync(large, 104_857_600);

const input = JSON.stringify({ waveID });
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

const unreadable: readonly (readonly [string, string, RegExp])[] = [
  ['a directory', at('directory'), /cannot be read: it is a directory/],
  ['a file below a file', join(wave, 'x'), /cannot be read: there is no such file/],
  ['a symbolic link to itself', at('loop'), /cannot be read: it is a symbolic link that leads back to itself/],
  ['a symbolic link to nothing', at('dangling'), /cannot be read: there is no such file/],
  ['a name of 5,000 letters', at('x'.repeat(5_000)), /cannot be read: (?:its name is too long|there is no such file)/],
  ['a name with a NUL', at('a\u0000b'), /cannot be read/],
  ['a name that clears the screen', at('\u001b[2J\nmgn-cutover: fine'), /cannot be read: there is no such file/],
  ['100 MB', large, /is larger than (?:1|32) MiB, the most that is read/],
  ['a device without an end', '/dev/zero', /is larger than (?:1|32) MiB/],
  ['nothing', bytes('empty', Buffer.alloc(0)), /is empty/],
  ['blanks', bytes('blanks', Buffer.from(' \n\t ')), /is empty/],
  ['only a mark of UTF-8', bytes('mark', Buffer.from('\uFEFF')), /is empty/],
  ['UTF-16 with its mark', bytes('utf16', utf16(input)), /is not text in UTF-8/],
  ['UTF-16 without a mark', bytes('utf16le', Buffer.from(input, 'utf16le')), /is not text in UTF-8/],
  ['Latin-1', bytes('latin1', Buffer.from('{"a":"\u00e9"}', 'latin1')), /is not text in UTF-8/],
  ['a picture', bytes('png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')), /is not text in UTF-8/],
  ['half a document', bytes('half', Buffer.from(input.slice(0, -3))), /is not JSON/],
  ['a document and more', bytes('more', Buffer.from(`${input}}`)), /is not JSON/],
  ['two documents', bytes('two', Buffer.from(`${input}\n${input}`)), /is not JSON/],
  ['a comment', bytes('comment', Buffer.from(`// hello\n${input}`)), /is not JSON/],
  ['terminal tricks', bytes('tricks', Buffer.from('\u001b[2J\u001b]0;x\u0007')), /is not JSON/],
  ['a key twice', bytes('twice', Buffer.from(`{"waveID": "a", "wave\\u0049D": "b"}`)), /has waveID twice/],
  ['a key twice inside', bytes('inside', Buffer.from('{"a":[{"b":{}},{"b":{"c":1,"c":2}}]}')), /has a\.1\.b\.c twice/],
  [
    'a key that objects have anyway',
    bytes('proto', Buffer.from('{"a":{"__proto__":{"b":1}}}')),
    /has the key a\.__proto__/,
  ],
  [
    '100,000 levels',
    bytes('deep', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))),
    /is nested deeper than 64 levels at 0\.0/,
  ],
];

/** Every flag and argument that names a JSON file. */
const doors: readonly (readonly [string, (path: string) => readonly string[]])[] = [
  ['INPUT', (path) => ['run', path, '--scenario', scenario]],
  ['--scenario', (path) => ['plan', wave, '--scenario', path]],
  ['--plan', (path) => ['run', wave, '--scenario', scenario, '--plan', path]],
  ['--compare', (path) => ['plan', wave, '--scenario', scenario, '--compare', path]],
  ['--expect', (path) => ['run', wave, '--scenario', scenario, '--expect', path]],
];

describe('files that the command line reads', () => {
  it.each(
    doors.flatMap(([what, argv]) =>
      unreadable.map(([kind, path, message]) => [what, kind, argv(path), message] as const),
    ),
  )('%s: %s is refused', async (what, _kind, argv, message) => {
    const ended = await commandLine(argv);
    expectRefusal(ended);
    expect(ended.err).toMatch(message);
    expect(ended.err.startsWith(`mgn-cutover: ${what}: `)).toBe(true);
  });

  it('reads a document that an editor began with a mark', async () => {
    const marked = bytes('marked.json', Buffer.from(`\uFEFF${input}`));
    expect((await commandLine(['plan', marked, '--scenario', scenario])).exitCode).toBe(0);
  });

  it('reads no more of standard input than it has to', async () => {
    let chunks = 0;
    const endless = new Readable({
      read() {
        chunks += 1;
        this.push(Buffer.alloc(65_536, 0x20));
      },
    });
    await expect(readJson('INPUT', '-', { stdin: endless }, 1_048_576)).rejects.toThrow(
      /standard input is larger than 1 MiB/,
    );
    expect(chunks).toBeLessThan(40);
  });

  it('refuses a file of more values than any document of ours has', async () => {
    const many = bytes('many.json', Buffer.from(`[${'1,'.repeat(1_500_000)}1]`));
    const ended = await commandLine(['plan', wave, '--scenario', many]);
    expectRefusal(ended);
    expect(ended.err).toMatch(/holds more than 1000000 values/);
  });
});

describe('a ledger that is none', () => {
  const place = (ledger: string) => ['--endpoint', 'http://127.0.0.1:1', '--ledger', ledger];
  const fine = at('fine.sqlite');
  openSqliteStore(fine).close();
  const cutShort = at('short.sqlite');
  const store = openSqliteStore(at('big.sqlite'));
  void store.write(
    Array.from(
      { length: 200 },
      (_, n) => ({ partition: `p${String(n)}`, sort: 's', expect: 'any', value: { text: 'x'.repeat(500) } }) as const,
    ),
  );
  store.close();
  writeFileSync(cutShort, readFileSync(at('big.sqlite')).subarray(0, 6_000));
  const foreign = at('foreign.sqlite');
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE customers (name TEXT)');
  other.close();
  const wrongTable = at('wrong.sqlite');
  const odd = new DatabaseSync(wrongTable);
  odd.exec('CREATE TABLE ledger (name TEXT)');
  odd.close();

  const ledgers: readonly (readonly [string, string, RegExp])[] = [
    ['text', bytes('text.sqlite', Buffer.from('hello '.repeat(1_000))), /cannot be used: file is not a database/],
    ['JSON', bytes('json.sqlite', Buffer.from('{}')), /cannot be used/],
    ['a directory', at('directory'), /is a directory/],
    ['a symbolic link to itself', at('loop'), /cannot be used|there is no ledger/],
    ['a database that was cut short', cutShort, /cannot be used|malformed/],
    ['a database of another program', foreign, /is a database of another program/],
    ['a database with another table of that name', wrongTable, /cannot be used/],
    ['a folder that is a file', join(wave, 'x'), /cannot be used|there is no ledger/],
  ];

  it.each(ledgers)('%s is refused by every verb and stays as it was', async (_what, ledger, message) => {
    const content = () => {
      try {
        return readFileSync(ledger).toString('base64');
      } catch {
        return undefined;
      }
    };
    const before = content();
    const verbs = [
      ['list', '--ledger', ledger],
      ['rollback', 'night-1', ...place(ledger)],
      ['commit', 'night-1', ...place(ledger)],
      ['watch', 'night-1', '--ledger', ledger, '--region', 'eu-west-1'],
    ];
    for (const argv of verbs.slice(0, 3)) {
      const ended = await commandLine(argv);
      expectRefusal(ended);
      expect(ended.err).toMatch(message);
    }
    expect(content()).toBe(before);
  });

  it.each(['{"half":', '{}', '[]', 'null', '{"runID":"night-1","createdAt":"\u001b[2J"}', 'x'.repeat(100_000)])(
    'says that a record cannot be used: %.30j',
    async (value) => {
      const garbage = at('garbage.sqlite');
      copyFileSync(fine, garbage);
      const rows = new DatabaseSync(garbage);
      const insert = rows.prepare('INSERT INTO ledger VALUES (?, ?, 1, ?)');
      insert.run('runs', 'night-1', value);
      insert.run('run#night-1', 'run', value);
      rows.close();
      for (const argv of [
        ['list', '--ledger', garbage],
        ['rollback', 'night-1', ...place(garbage)],
      ]) {
        const ended = await commandLine(argv);
        expectRefusal(ended);
        expect(ended.err).toMatch(/garbage\.sqlite|ledger/);
      }
    },
  );

  /** Nothing is forbidden to root. */
  const itAsUser = process.getuid?.() === 0 ? it.skip : it;
  itAsUser('refuses a ledger that cannot be written', async () => {
    const readOnly = at('read-only.sqlite');
    copyFileSync(fine, readOnly);
    chmodSync(readOnly, 0o444);
    const ended = await commandLine(['rollback', 'night-1', ...place(readOnly)]);
    expectRefusal(ended);
  });
});
