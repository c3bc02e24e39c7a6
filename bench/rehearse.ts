/**
 * How long a rehearsal takes on this machine: reading nothing, so nights alone, each a cutover and its way back.
 * Run: `npx node bench/rehearse.ts`.
 */
import { demoFleet } from '../cli/rehearse/demo-fleet.ts';
import { rehearse } from '../cli/rehearse/rehearsal.ts';
import { subjectOfScenario } from '../cli/rehearse/subject.ts';

const seeds = 3;

process.stdout.write('| servers | clean night s | night with faults s | simulated min |\n|--:|--:|--:|--:|\n');
for (const servers of [50, 200, 500, 1_000]) {
  const { scenario, input } = demoFleet(servers);
  const subject = await subjectOfScenario({ written: scenario, rawInput: input }, false);
  const ends = [performance.now()];
  const onNight = () => ends.push(performance.now());
  const { figures } = await rehearse(subject, { seeds, firstSeed: 1, faults: 'usual', onNight });
  const [began = 0, clean = 0] = ends;
  const perNight = ((ends.at(-1) ?? clean) - clean) / seeds;
  const cells = [
    servers.toLocaleString('en'),
    ((clean - began) / 1_000).toFixed(1),
    (perNight / 1_000).toFixed(1),
    Math.round((figures?.totalSeconds.p50 ?? 0) / 60),
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
