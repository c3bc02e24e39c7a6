/** Two who hear the same. */
import { together } from '../../../cli/notify/together.ts';
import type { Progress } from '../../../cli/live/progress.ts';
import { aRunRecord, aServerRecord } from '../../support/domain-builders.ts';

it('pass on all that there is to hear, with all of its words', () => {
  const heard: unknown[][] = [];
  const listener = (name: string): Progress => ({
    begin: (...words) => void heard.push([name, 'begin', ...words]),
    server: (...words) => void heard.push([name, 'server', ...words]),
    run: (...words) => void heard.push([name, 'run', ...words]),
    heard: (...words) => void heard.push([name, 'heard', ...words]),
    waves: (...words) => void heard.push([name, 'waves', ...words]),
    execution: (...words) => void heard.push([name, 'execution', ...words]),
    waiting: (...words) => void heard.push([name, 'waiting', ...words]),
    remark: (...words) => void heard.push([name, 'remark', ...words]),
    end: (...words) => void heard.push([name, 'end', ...words]),
  });
  const header = { name: 'night-1', kind: 'cutover', target: 'wave', place: 'LIVE', isRehearsal: false } as const;
  const news = { status: 'RUNNING', machine: 'wave-cutover', execution: 'one' } as const;
  const [run, server] = [aRunRecord(), aServerRecord()];
  const both = together(listener('one'), listener('other'));
  both.begin(header, 1);
  both.server(server, 2, 'crm');
  both.run(run, 3, 'crm');
  both.heard(4);
  both.waves([], 5);
  both.execution(news, 6);
  both.waiting(['a line'], 7);
  both.remark('a word', 8);
  both.end(9);

  const calls = [
    ['begin', header, 1],
    ['server', server, 2, 'crm'],
    ['run', run, 3, 'crm'],
    ['heard', 4],
    ['waves', [], 5],
    ['execution', news, 6],
    ['waiting', ['a line'], 7],
    ['remark', 'a word', 8],
    ['end', 9],
  ];
  expect(heard).toEqual(
    calls.flatMap((call) => [
      ['one', ...call],
      ['other', ...call],
    ]),
  );
});
