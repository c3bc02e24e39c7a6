/**
 * Executions that a wave's execution began: its shifts, and its rollbacks. Step Functions stops them
 * with their parent as well as it can and promises nothing; one that goes on does so under the parent's hold.
 */
import * as v from 'valibot';
import { AccessDeniedError } from '../../functions/domain/errors.ts';
import type { ExecutionDescription, Executions, ExecutionSummary } from './executions.ts';

const InputSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({ executionID: v.string() }));
const listedMax = 100;

/**
 * Those of its children that run; their inputs name the parent.
 *
 * @throws AccessDeniedError when inputs of executions cannot be read, so that nobody can tell whose they are.
 */
export async function runningChildren(
  executions: Executions,
  parent: Pick<ExecutionSummary, 'arn'>,
): Promise<ExecutionDescription[]> {
  const machines = ['cutover-shift', 'rollback'] as const;
  const listed = await Promise.all(machines.map((machine) => executions.list(machine, listedMax, 'RUNNING')));
  const described = await Promise.all(listed.flat().map(({ machine, name }) => executions.describe(machine, name)));
  return described.flatMap((child) => (child?.status === 'RUNNING' && parentOf(child) === parent.arn ? [child] : []));
}

function parentOf({ name, input }: ExecutionDescription): string | undefined {
  if (input === undefined) throw new AccessDeniedError(`the input of execution ${name} cannot be read`);
  const parsed = v.safeParse(InputSchema, input);
  return parsed.success ? parsed.output.executionID : undefined;
}
