/** Names and ARNs of the local account; shaped as AWS's, so that nothing that reads them can tell the difference. */

/** Where the machines and functions appear to live when they run on one machine. */
export interface Residence {
  readonly region: string;
  readonly accountID: string;
}

/** The residence of a run that names none. */
export const LOCAL_RESIDENCE: Residence = { region: 'us-east-1', accountID: '000000000000' };

/** `arn:aws:lambda:…:function:StartCutover` for the handler key `StartCutover`. */
export function functionArn(handler: string, { region, accountID }: Residence): string {
  return `arn:aws:lambda:${region}:${accountID}:function:${handler}`;
}

/** `arn:aws:states:…:stateMachine:wave-cutover`. */
export function stateMachineArn(machine: string, { region, accountID }: Residence): string {
  return `arn:aws:states:${region}:${accountID}:stateMachine:${machine}`;
}

/**
 * `arn:aws:states:…:execution:wave-cutover:NAME`, and `:UNIQUE` after it where a name alone does not tell two executions
 * apart, as the ARNs of Express executions have it: here every process may use every name.
 */
export function executionArn(machine: string, name: string, { region, accountID }: Residence, unique?: string): string {
  const arn = `arn:aws:states:${region}:${accountID}:execution:${machine}:${name}`;
  return unique === undefined ? arn : `${arn}:${unique}`;
}

/** Whether it is an execution of a local engine, on whatever machine: they live in an account that AWS gives to nobody. */
export function isLocalArn(arn: string): boolean {
  return arn.split(':')[4] === LOCAL_RESIDENCE.accountID;
}

/** A function's or a state machine's name in its ARN, or in that of one of its versions or aliases. */
export function resourceName(arn: string): string {
  return arn.split(':')[6] ?? '';
}

/** The ARN without the version or alias at its end, if it has one. */
export function unqualifiedArn(arn: string): string {
  return arn.split(':').slice(0, 7).join(':');
}
