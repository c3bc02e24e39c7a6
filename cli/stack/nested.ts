/**
 * Executions that a wave's execution began: its batches, and the rollbacks of those that failed. Step Functions stops them
 * with their parent as well as it can and promises nothing; one that goes on does so under the parent's hold.
 */
import * as v from 'valibot';
import type { ExecutionDescription, Executions, ExecutionSummary } from './executions.ts';

const InputSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({ executionID: v.string() }));
const listedMax = 100;

/** Those of its children that run; their inputs name the parent. */
export async function runningChildren(
  executions: Executions,
  parent: Pick<ExecutionSummary, 'arn'>,
): Promise<ExecutionDescription[]> {
  const machines = ['batch-cutover', 'rollback'] as const;
  const listed = await Promise.all(machines.map((machine) => executions.list(machine, listedMax, 'RUNNING')));
  const described = await Promise.all(listed.flat().map(({ machine, name }) => executions.describe(machine, name)));
  return described.flatMap((child) => (child?.status === 'RUNNING' && parentOf(child) === parent.arn ? [child] : []));
}

function parentOf({ input }: ExecutionDescription): string | undefined {
  const parsed = v.safeParse(InputSchema, input);
  return parsed.success ? parsed.output.executionID : undefined;
}
