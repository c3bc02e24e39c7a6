/** Completing words as a shell does it: the scripts, in a real bash, and the names that the ledger knows. */
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { knownNames } from '../../../cli/completion/known-names.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';
import { aRunRecord, aServerRecord, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';
import { commandLine, folder } from '../command-line.ts';

const files = folder();
const ledgerPath = `${files.path}/ledger.sqlite`;

beforeAll(async () => {
  const store = openSqliteStore(ledgerPath);
  const ledger = createLedger(store);
  const night = (name: string, createdAt: number) => aRunRecord({ runID: runID(name), createdAt });
  await ledger.createRun(night('night-1', nowMs));
  await ledger.createRun(night('night-2', nowMs + 1));
  await ledger.saveServers(runID('night-2'), [
    aServerRecord({ hostname: 'web-1' }),
    aServerRecord({ hostname: 'db-1', sourceServerID: sourceServerID(2) }),
    aServerRecord({ hostname: '$(touch /tmp/owned)', sourceServerID: sourceServerID(3) }),
    aServerRecord({ hostname: '--yes', sourceServerID: sourceServerID(5) }),
    aServerRecord({ hostname: undefined, sourceServerID: sourceServerID(4) }),
  ]);
  store.close();
  const program = `#!/bin/sh\nexec '${process.execPath}' '${resolve('cli/mgn-cutover.ts')}' "$@"\n`;
  chmodSync(files.file('mgn-cutover', program), 0o755);
});

const scriptFor = async (shell: string) => (await commandLine(['completion', shell])).out;

/** What bash offers for the last of the words, which may be empty. */
const offered = async (...words: string[]) => {
  const script = files.file('completion.bash', await scriptFor('bash'));
  const asked = [
    `source '${script}'`,
    'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
    '_mgn_cutover',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const env = { PATH: `${files.path}${delimiter}${process.env['PATH'] ?? ''}`, XDG_STATE_HOME: `${files.path}/none` };
  const out = execFileSync('bash', ['--norc', '-c', asked, 'bash', 'mgn-cutover', ...words], { env, encoding: 'utf8' });
  return out.split('\n').filter((line) => line !== '');
};

describe('completion bash', () => {
  it.each([
    [['ro'], ['rollback']],
    [['com'], ['commit', 'completion']],
    [['rollback', 'RUN', '--se'], ['--server']],
    [['plan', 'wave.json', '--sc'], ['--scenario']],
    [['--debug', 'expl'], ['explain']],
    [['help', 'roll'], ['rollback']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['simulate', '--begin', ''],
      ['now', 'scenario'],
    ],
    [['plan', 'wave.json', '--region', ''], []],
    [['commit', 'RUN', '--confirm', ''], []],
  ])('offers for %j the words %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it('offers every verb and every flag that the help shows', async () => {
    const { out } = await commandLine(['--help']);
    const verbs = [...out.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, verb = '']) => verb);
    expect(await offered('')).toEqual(verbs);
    for (const verb of ['run', 'explain']) {
      const flags = [...(await commandLine([verb, '--help'])).out.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)];
      expect((await offered(verb, '-')).sort()).toEqual(flags.map(([, flag]) => flag).sort());
    }
  });

  it('offers files where a file is meant', async () => {
    const path = files.file('wave night.json', {});
    expect(await offered('plan', `${files.path}/wave`)).toEqual([path]);
    expect(await offered('run', 'wave.json', '--scenario', `${files.path}/wave`)).toEqual([path]);
  });

  it('offers runs and source servers of the ledger, the newest first', async () => {
    expect(await offered('rollback', '--ledger', ledgerPath, 'n')).toEqual(['night-2', 'night-1']);
    expect(await offered('explain', '--ledger', ledgerPath, '')).toEqual(['web-1', 'db-1', sourceServerID(4)]);
    expect(await offered('rollback', 'night-2', '--ledger', ledgerPath, '--server', 'web-1', 'd')).toEqual(['db-1']);
  });

  it('offers no name where there is no ledger, and says nothing', async () => {
    expect(await offered('rollback', '')).toEqual([]);
  });
});

describe('knownNames', () => {
  it('leaves out what is no plain word, and reads neither a stack nor what is no ledger', async () => {
    expect(await knownNames(['servers', ledgerPath], {})).not.toContain('$(touch /tmp/owned)');
    expect(await knownNames(['runs', 'stack:MgnCutover'], {})).toEqual([]);
    expect(await knownNames(['runs', files.file('text', 'no ledger')], {})).toEqual([]);
  });
});

describe('completion zsh and fish', () => {
  it('tell zsh each verb, its flags with their files, and where names come from', async () => {
    const script = await scriptFor('zsh');
    expect(script).toMatch(/^#compdef mgn-cutover\n/);
    expect(script).toContain("'rollback:bring back what a run launched and did not finalize'");
    expect(script).toContain("'--scenario[rehearse\\: simulate this scenario in virtual time]:scenario:_files'");
    expect(script).toContain("'1:RUN:_mgn_cutover_runs'");
    expect(script).toContain("'1:SERVER:_mgn_cutover_servers'");
    expect(script).toContain(':begin:(now scenario)');
  });

  it('tell fish each verb, its flags with their files, and where names come from', async () => {
    const script = await scriptFor('fish');
    expect(script).toMatch(/-n 'not __fish_seen_subcommand_from plan check .*' -a rollback -d 'bring back/);
    expect(script).toContain("complete -c mgn-cutover -n '__fish_seen_subcommand_from plan' -l scenario -r -F -d");
    expect(script).toContain(
      "complete -c mgn-cutover -n '__fish_seen_subcommand_from rollback' -a '(__mgn_cutover_names runs)'",
    );
    expect(script).toContain("-l begin -x -a 'now scenario'");
  });
});
