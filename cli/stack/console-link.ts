/** Where a person looks at an execution in a browser. */
import type { Stack } from './stack-world.ts';

/** The console's host by the partition of the ARN. */
const hosts: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The address of the execution's page; undefined where there is no console. */
export function consoleLink(
  { region, isEmulated }: Pick<Stack, 'region' | 'isEmulated'>,
  arn: string,
): string | undefined {
  const host = hosts[arn.split(':')[1] ?? ''];
  if (isEmulated || host === undefined) return undefined;
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${arn}`;
}
