import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, folder, oneWave, waveID, type ProcessOptions } from './command-line.ts';

const files = folder();
const wave = files.file('wave.json', { waveID });
const scenario = files.file('scenario.json', oneWave({ hostname: 'web-1' }));
const sourceServerID = 's-0123456789abcdefg';
mkdirSync(join(files.path, 'directory'));

const input = (content: unknown) => files.file(`input-${String(Math.random()).slice(2)}.json`, content);
const simulated = (...argv: string[]) => [...argv, '--scenario', scenario];
const archived = {
  waves: [{ name: 'night', waveID, isArchived: true, applications: [] }],
};

const cases: readonly (readonly [string, readonly string[], RegExp, ProcessOptions?])[] = [
  ['an unknown key', simulated('run', input({ waveId: waveID })), /waveId is not a known field/],
  [
    'an unknown option',
    simulated('run', input({ waveID, options: { onblocked: 'skip' } })),
    /options\.onblocked is not a known field/,
  ],
  [
    'a wrong value',
    simulated('run', input({ waveID, options: { onBlocked: 'maybe' } })),
    /options\.onBlocked: .*"refuse" \| "skip"/,
  ],
  ['a wrong wave ID', simulated('run', input({ waveID: 'wave-1' })), /waveID: expected the ID of a wave/],
  [
    'a wrong server ID',
    simulated('run', input({ sourceServerIDs: ['i-1'] })),
    /sourceServerIDs\.0: expected the ID of a source server/,
  ],
  [
    'nothing named',
    simulated('run', input({})),
    /exactly one of waveID, applicationIDs or sourceServerIDs; none is there/,
  ],
  [
    'two kinds of targets',
    simulated('run', input({ waveID, sourceServerIDs: [sourceServerID] })),
    /waveID and sourceServerIDs are there/,
  ],
  [
    'a server twice',
    simulated('run', input({ sourceServerIDs: [sourceServerID, sourceServerID] })),
    /sourceServerIDs\.1: is listed twice/,
  ],
  [
    'an unknown wave',
    simulated('run', input({ waveID: 'wave-00000000000000000' })),
    /MGN knows no wave-00000000000000000/,
  ],
  [
    'an unknown server',
    simulated('run', input({ sourceServerIDs: [sourceServerID] })),
    new RegExp(`MGN knows no ${sourceServerID}`),
  ],
  ['an empty wave', ['run', wave, '--scenario', files.file('empty.json', oneWave())], /no source server to cut over/],
  ['an archived wave', ['run', wave, '--scenario', files.file('archived.json', archived)], /is archived; unarchive it/],
  [
    'a missing file',
    simulated('run', 'no-such-file.json'),
    /INPUT: no-such-file\.json cannot be read: there is no such file/,
  ],
  ['a directory', simulated('run', files.path), /cannot be read: it is a directory/],
  ['an empty file', simulated('run', files.file('nothing.json', '')), /is empty; expected a JSON document/],
  [
    'no JSON',
    simulated('run', files.file('broken.json', '{\n  "waveID": "x" 1\n}')),
    /is not JSON: .*line 2 column 17/,
  ],
  ['no JSON on stdin', simulated('run', '-'), /INPUT: standard input is not JSON/, { stdin: 'waveID' }],
  ['no object', simulated('run', input('"wave-1"')), /The input cannot be used/],
  [
    'a missing scenario',
    ['run', wave, '--scenario', 'no-such-file.json'],
    /--scenario: no-such-file\.json cannot be read/,
  ],
  [
    'an invalid scenario',
    ['run', wave, '--scenario', files.file('odd.json', { waves: [{ name: 'night', severs: [] }] })],
    /--scenario: .*odd\.json: .*waves\[0\]\.severs: is not a known key/,
  ],
  ['two worlds', [...simulated('run', wave), '--region', 'eu-west-1'], /--scenario does not go with --region/],
  [
    'a ledger in a rehearsal',
    [...simulated('run', wave), '--ledger', 'x.sqlite'],
    /--scenario does not go with --ledger/,
  ],
  [
    'a stack and an endpoint',
    ['rollback', 'night-1', '--stack', 'MgnCutover', '--endpoint', 'http://127.0.0.1:1'],
    /--stack does not go with --endpoint or --ledger.*say --region REGION --ledger stack:NAME/,
  ],
  [
    'no name of a stack',
    ['watch', 'night-1', '--stack', '1 2', '--region', 'eu-west-1'],
    /"1 2" is not the name of a stack/,
  ],
  [
    'no region of a stack',
    ['watch', 'night-1', '--stack', 'A', '--region', 'here'],
    /"here" is not the name of a region/,
  ],
  ['no stack to start on', ['start', wave], /required option '--stack <name>' not specified/],
  ['no world', ['run', wave], /Say where: --scenario FILE/],
  ['a seed without a rehearsal', ['run', wave, '--region', 'eu-west-1', '--seed', '3'], /--seed belong to a rehearsal/],
  [
    'an expectation without a rehearsal',
    ['run', wave, '--region', 'eu-west-1', '--expect', wave],
    /--expect belongs to a rehearsal/,
  ],
  ['an odd expectation', [...simulated('run', wave), '--expect', wave], /--expect: .*waveID is not a known field/],
  ['no region', ['run', wave, '--region', 'Frankfurt'], /--region: "Frankfurt" is not the name of a region/],
  ['no endpoint', ['run', wave, '--endpoint', 'localhost:8080'], /--endpoint: "localhost:8080" is not a URL/],
  ['no name', [...simulated('run', wave), '--name', 'last night'], /--name: expected a run name.*found "last night"/],
  ['no number', [...simulated('run', wave), '--seed', 'x'], /--seed <n>.*'x' is invalid.*whole number/],
  ['no speed', [...simulated('run', wave), '--speed', '0'], /number above 0/],
  [
    'an unwritable report',
    [...simulated('run', wave), '--output', '/no/such/folder/report.json'],
    /--output: .*its folder does not exist/,
  ],
  ['a directory for a report', [...simulated('run', wave), '--output', files.path], /--output: .*it is a directory/],
  ['an unwritable log', [...simulated('run', wave), '--log', '/no/such/folder/log'], /--log: .*cannot be written/],
  ['no INPUT', ['run', '--scenario', scenario], /missing required argument 'INPUT'/],
  ['an unknown flag', [...simulated('run', wave), '--force'], /unknown option '--force'/],
  ['an unknown command', ['cutover'], /unknown command 'cutover'/],
  ['no scenario to simulate', ['simulate'], /required option '--scenario <file>' not specified/],
  [
    'an address of another machine',
    ['simulate', '--scenario', scenario, '--host', '192.0.2.1'],
    /--host: 192\.0\.2\.1 is no address of this machine/,
  ],
  ['a port that is none', ['simulate', '--scenario', scenario, '--port', '70000'], /port from 0 to 65535/],
];

describe('bad input', () => {
  it.each(cases.map(([what, ...rest]) => [what, rest] as const))(
    '%s: one clear message and exit 2',
    async (_what, rest) => {
      const [argv, message, options] = rest;
      const { exitCode, err } = await commandLine(argv, options);
      expect(err).toMatch(message);
      expect(err).toMatch(/^mgn-cutover: /);
      expect(err).not.toMatch(/\n\s+at /);
      expect(exitCode).toBe(2);
    },
  );
});
