/** What a run waits for at a gate, in words and with the commands that a person may paste. */
import { waitingGate } from '../functions/domain/gate.ts';
import type { Gate, RunRecord } from '../functions/domain/run-record.ts';
import { showTime } from '../functions/domain/window.ts';
import type { Progress } from './live/progress.ts';
import type { World } from './world.ts';

type Place = Pick<World, 'flags' | 'isRehearsal'>;

/** Until when the run waits and what ends it; in a rehearsal nobody can come. */
export function gateLines(run: RunRecord, gate: Gate, { flags, isRehearsal }: Place): string[] {
  const until = showTime(gate.closesAt, run.input.window?.zone ?? 'UTC');
  const head = `${headOf(gate)} until ${until}; ${silenceOf(run, gate)}`;
  if (isRehearsal) return [`${head} (in a rehearsal nobody can come)`];
  const command = (verb: string, more = '') => `mgn-cutover ${verb} ${run.runID} ${flags}${more}`;
  return gate.gate === 'START'
    ? [head, `  to start: ${command('approve')}`, `  to refuse: ${command('approve', ' --refuse')}`]
    : [
        head,
        `  to keep what is verified (cannot be undone): ${command('commit')}`,
        `  to bring it back: ${command('rollback')}`,
      ];
}

function headOf({ gate }: Gate): string {
  return gate === 'START'
    ? 'Everything is ready. The run waits for a person to approve its start'
    : 'The cutover is over. The run waits for a person to commit it or bring it back';
}

/** What happens when nobody comes. */
function silenceOf({ input }: RunRecord, { gate }: Gate): string {
  if (gate === 'START') return 'then it is refused, and nothing was touched';
  return input.options.onCommitTimeout === 'rollback'
    ? 'then everything is brought back'
    : 'then the source servers are left as they are, verified';
}

/** Tells of a run's gates as they open and close, each once, however often the run is looked at. */
export function tellGates(progress: Pick<Progress, 'waiting'>, place: Place): (run: RunRecord, at: number) => void {
  let told = '';
  return (run, at) => {
    const gate = waitingGate(run);
    const lines = gate === undefined ? [] : gateLines(run, gate, place);
    const text = lines.join('\n');
    if (text === told) return;
    told = text;
    progress.waiting(lines, at);
  };
}
