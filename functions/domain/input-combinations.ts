/** Which fields of a run's input do not go together. Each is refused before anything is touched. */
import { InvalidInputError } from './errors.ts';
import type { RunInput } from './run-input.ts';
import { accountIDOf } from './target.ts';
import { parseTime, readWindow } from './window.ts';

/**
 * Refuses an input whose fields contradict each other.
 *
 * @throws InvalidInputError naming every contradiction.
 */
export function refuseCombinations(input: RunInput): void {
  const contradictions = [...timeContradictions(input), ...accountContradictions(input)];
  if (contradictions.length > 0) throw new InvalidInputError(`The input cannot be used: ${contradictions.join('; ')}.`);
}

function timeContradictions(input: RunInput): string[] {
  const { options } = input;
  const window = input.window && readWindow(input.window);
  const contradictions: string[] = [];
  const at = (field: 'startBy' | 'commitBy') => {
    const text = options[field];
    return text === undefined ? undefined : parseTime(text, window?.zone, `options.${field}`);
  };
  if (options.freshness.fencedAt !== undefined)
    parseTime(options.freshness.fencedAt, window?.zone, 'options.freshness.fencedAt');
  const startBy = at('startBy');
  const commitBy = at('commitBy');
  if (commitBy !== undefined && options.commit !== 'approve')
    contradictions.push('options.commitBy is only for options.commit "approve"');
  if (options.onCommitTimeout === 'rollback' && options.commit !== 'approve')
    contradictions.push('options.onCommitTimeout is only for options.commit "approve"');
  if (window === undefined) return contradictions;
  if (commitBy !== undefined && commitBy > window.closesAt)
    contradictions.push('options.commitBy is after window.closesAt');
  if (commitBy !== undefined && commitBy <= window.opensAt)
    contradictions.push('options.commitBy is not after window.opensAt');
  if (startBy !== undefined && startBy > window.closesAt)
    contradictions.push('options.startBy is after window.closesAt');
  return contradictions;
}

function accountContradictions(input: RunInput): string[] {
  const { roleArn, finalizerRoleArn } = input;
  const both = [roleContradictions(input, 'roleArn'), roleContradictions(input, 'finalizerRoleArn')].flat();
  if (finalizerRoleArn === undefined || both.length > 0) return both;
  if (roleArn === undefined) return ['finalizerRoleArn is there and roleArn is not'];
  const [account, ofFinalizer] = [
    accountIDOf({ ...input, roleArn }),
    accountIDOf({ ...input, roleArn: finalizerRoleArn }),
  ];
  return account === ofFinalizer
    ? []
    : [`finalizerRoleArn is of account ${ofFinalizer ?? ''}, roleArn of ${account ?? ''}`];
}

function roleContradictions(input: RunInput, field: 'roleArn' | 'finalizerRoleArn'): string[] {
  const { accountID, region } = input;
  const roleArn = input[field] ?? '';
  const missing = [
    ...(roleArn.includes('{accountID}') && accountID === undefined ? ['accountID'] : []),
    ...(roleArn.includes('{region}') && region === undefined ? ['region'] : []),
  ];
  if (missing.length > 0) return missing.map((name) => `${field} names {${name}}, so ${name} has to be there`);
  const ofRole = roleArn.split(':')[4];
  const isElsewhere =
    ofRole !== undefined && ofRole !== '{accountID}' && accountID !== undefined && accountID !== ofRole;
  return isElsewhere ? [`${field} is of account ${ofRole}, accountID is ${accountID}`] : [];
}
