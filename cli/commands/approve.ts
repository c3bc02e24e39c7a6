/** `approve`: a person's word at a run that waits before its start. On a stack its state machine writes it down. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { gateOf, waitingGate } from '../../functions/domain/gate.ts';
import type { Gate, RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { showTime } from '../../functions/domain/window.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { startLocally } from '../../local/local-runner.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { insistOnConsent } from '../consent.ts';
import type { ExecutionEnd } from '../execute.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { assertKnown } from '../known-run.ts';
import type { Progress } from '../live/progress.ts';
import { causeMessage } from '../refusal.ts';
import { parseRunName } from '../run-name.ts';
import { begin } from '../stack/execute-on-stack.ts';
import { followUpName, nextFollowUp } from '../stack/follow-ups.ts';
import { follow } from '../stack/follow.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { targetWords } from '../target-words.ts';
import { withPerson } from '../with-person.ts';
import { withHelp, withPlaceOrStack, type VerbContext } from '../verb.ts';
import type { OpenWorld, Session, World, WorldFlags } from '../world.ts';

/** Flags of `approve`. */
export interface ApproveFlags extends WorldFlags {
  readonly refuse?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** Registers `approve`. */
export function addApprove({ command, io, worlds, end }: VerbContext): void {
  const approve = command('approve', 'let a run start that waits for it, or refuse it');
  withPlaceOrStack(approve.argument('<RUN>', 'name of the run'))
    .option('--refuse', 'refuse the start: the run ends, and nothing was touched')
    .option('--json', 'tell what happens as NDJSON')
    .option('--yes', 'do not ask')
    .action(async (run: string, flags: ApproveFlags) => {
      end(await approveCommand(run, flags, io, worlds));
    });
  withHelp(approve, {
    examples: [
      'approve RUN --region eu-west-1',
      'approve RUN --stack MgnCutover --region eu-west-1',
      'approve RUN --stack MgnCutover --region eu-west-1 --refuse',
    ],
    exitCodes: {
      0: 'the answer is written down, now or before; the run goes on with it',
      2: 'refused: the run does not wait, or was answered otherwise; nothing was changed',
      3: 'nobody knows whether the answer was written down; the same command again finds out',
      130: 'with --stack: stopped watching; the answer is written down all the same',
    },
  });
}

interface ApproveContext {
  readonly world: World;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly flags: ApproveFlags;
}

/**
 * Answers the run's start gate; 0 when the answer stands.
 *
 * @throws CommandError and what `openWorld` throws, when nothing was changed or nobody knows (exit code 3).
 */
export async function approveCommand(
  runName: string,
  flags: ApproveFlags,
  io: Io,
  openWorld: OpenWorld,
): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const runID = parseRunName('RUN', runName);
  const world = await openWorld(flags, { ledger: 'existing', runID }, io);
  try {
    return await world.within(async (session) => {
      await session.time.hold(assertKnown(world, runID));
      return answer({ world, session, io, audience, runID, flags });
    });
  } finally {
    world.close();
  }
}

async function answer(context: ApproveContext): Promise<number> {
  const { world, session, io, audience, runID, flags } = context;
  const ledger = createLedger(world.store);
  const run = (await ledger.readRun(runID))?.value;
  if (run === undefined) throw new TypeError(`run ${runID} is no longer in the ledger`);
  const approves = flags.refuse !== true;
  if (gateOf(run, 'START')?.answer?.approved === approves) return conclude(context, run);
  const gate = waitingGate(run);
  if (gate?.gate !== 'START') throw new CommandError(`${whyNot(run, world)} Nothing was changed.`);
  audience.say(planLines(context, run, gate, await ledger.readServers(runID)));
  if (approves && world.needsConsent) {
    const question = `Let ${runID} start in ${world.label}?`;
    await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
  }
  const ended = await execute(context);
  if (ended.status !== 'SUCCEEDED') throw new CommandError(causeMessage(ended.cause) ?? ended.error ?? ended.status);
  return conclude(context, (await ledger.readRun(runID))?.value ?? run);
}

/** Why a run takes no answer, and what there is to do instead. */
function whyNot(run: RunRecord, { flags }: World): string {
  const { runID, end, input } = run;
  const said = gateOf(run, 'START')?.answer;
  if (said !== undefined) {
    const words = said.approved ? 'approved' : 'refused';
    return `The start of ${runID} was ${words} at ${showTime(said.at, input.window?.zone ?? 'UTC')} by ${said.person ?? said.by}.`;
  }
  if (end !== undefined) return `Run ${runID} has ended: ${end.summary}.`;
  if (waitingGate(run) !== undefined) {
    return `Run ${runID} is cut over and waits for a commit or a rollback: mgn-cutover commit ${runID} ${flags}, or mgn-cutover rollback ${runID} ${flags}.`;
  }
  return input.options.start === 'approve'
    ? `Run ${runID} does not wait for approval yet; it is being checked, or has been stopped.`
    : `Run ${runID} waits for nobody’s approval (options.start is "now").`;
}

function planLines(
  { world, audience, runID, flags }: ApproveContext,
  run: RunRecord,
  gate: Gate,
  servers: readonly ServerRecord[],
): string[] {
  const show = (atMs: number) => showTime(atMs, run.input.window?.zone ?? 'UTC');
  const ready = servers.filter(({ phase }) => phase === 'ready').length;
  const { lastSafeStartAt } = run.plan ?? {};
  const what = `${flags.refuse === true ? 'Refusal' : 'Approval'} of ${runID} in ${world.label}: ${targetWords(run.input)}`;
  return [
    audience.palette.strong(what),
    `${String(ready)} of ${String(servers.length)} source servers were ready when it was checked; it waits until ${show(gate.closesAt)}.`,
    ...(lastSafeStartAt === undefined ? [] : [`Last safe start: ${show(lastSafeStartAt)}.`]),
    flags.refuse === true
      ? 'It ends then, and nothing was touched.'
      : 'Everything is checked once more, and then the cutover starts.',
  ];
}

/** Runs the machine that writes the answer down, here or on the stack. */
async function execute({ world, session, io, runID, flags }: ApproveContext): Promise<ExecutionEnd> {
  const input = await withPerson(world, session, { runID, [flags.refuse === true ? 'refuse' : 'approve']: 'start' });
  const { stack, store, sourceServerTag } = world;
  if (stack !== undefined) return executeOnStack({ ...world, stack }, session, io, { runID, input });
  const { services, time } = session;
  const start = { machine: 'commit', name: followUpName(runID, 'approve', 1), input } as const;
  const { result } = startLocally({ services, store, time, sourceServerTag }, start);
  const ended = await result;
  return ended.status === 'SUCCEEDED' ? { status: ended.status } : ended;
}

/** It is over in seconds, so nothing is told of it on the way. */
const silent: Progress = {
  begin: () => undefined,
  server: () => undefined,
  run: () => undefined,
  heard: () => undefined,
  waves: () => undefined,
  execution: () => undefined,
  waiting: () => undefined,
  remark: () => undefined,
  end: () => undefined,
};

async function executeOnStack(
  world: StackWorld,
  session: Session,
  io: Io,
  { runID, input }: { readonly runID: RunID; readonly input: object },
): Promise<ExecutionEnd> {
  const name = await nextFollowUp(world.stack, runID, 'approve', input);
  await begin(world.stack, 'commit', name, input);
  return follow(world, session, io, { machine: 'commit', name, runID, progress: silent });
}

function conclude({ world, session, audience, runID }: ApproveContext, run: RunRecord): number {
  const said = gateOf(run, 'START')?.answer;
  if (said === undefined) throw new TypeError(`run ${runID} has no answer in the ledger`);
  const at = showTime(said.at, run.input.window?.zone ?? 'UTC');
  const goesOn =
    run.end === undefined ? 'The run goes on with that by itself.' : `The run has ended: ${run.end.summary}.`;
  const sentence = `The start of ${runID} is ${said.approved ? 'approved' : 'refused'} since ${at}. ${goesOn}`;
  audience.say([sentence, `  to watch it: mgn-cutover watch ${runID} ${world.flags}`]);
  audience.event('end', session.time.now(), { exitCode: exitCodes.done, summary: sentence });
  return exitCodes.done;
}
