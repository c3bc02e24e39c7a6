/** Which run an execution was for. */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../domain/identifiers.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { EndedExecution } from './ended-execution.ts';

/** Whatever else is in the input of a rollback or a commit does not matter here. */
const InputSchema = v.object({ runID: RunIDSchema });
const NestedInputSchema = v.object({ executionID: v.string(), scope: v.string() });

/**
 * Whether the execution was started by a wave's: a rollback of what it did not verify or nobody committed. Its end is the wave's own business,
 * which goes on under the wave's ARN.
 */
export function isNested({ input, executionID }: EndedExecution): boolean {
  const parsed = v.safeParse(NestedInputSchema, input);
  return parsed.success && parsed.output.executionID !== executionID;
}

/**
 * The run: that of a wave has the execution's name, a rollback and a commit name it in their input, and where the event
 * does not include the input it is the run which the execution was the last to hold: an open one, or one that it brought
 * to its end. Undefined when it cannot be told; the ledger need not have the run.
 *
 * @throws TransientServiceError when the ledger cannot be read.
 */
export async function findRun(ended: EndedExecution, ledger: Ledger): Promise<RunID | undefined> {
  if (ended.machine === 'wave-cutover') {
    const name = v.safeParse(RunIDSchema, ended.name);
    return name.success ? name.output : undefined;
  }
  if (ended.input !== undefined) {
    const input = v.safeParse(InputSchema, ended.input);
    return input.success ? input.output.runID : undefined;
  }
  const open = await ledger.listOpenRunIDs();
  return (await findHeldBy(ended, open, ledger)) ?? (await findHeldBy(ended, await ledger.listRunIDs(), ledger));
}

async function findHeldBy(
  { executionID }: EndedExecution,
  names: readonly string[],
  ledger: Ledger,
): Promise<RunID | undefined> {
  for (const name of names) {
    const runID = v.safeParse(RunIDSchema, name);
    const run = runID.success ? await ledger.readRun(runID.output) : undefined;
    if (run?.value.holder?.executionID === executionID) return run.value.runID;
  }
  return undefined;
}
