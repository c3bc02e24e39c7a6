/** Where a run acts, as whom, and whether what MGN answered is from there. */
import type { MgnTarget } from './ports.ts';
import type { Reason } from './reason.ts';
import type { RunRecord } from './run-record.ts';
import type { SourceServer } from './source-server.ts';

/** Where the run acts, for the steps that may not finalize. */
export function targetOf({ runID, input }: Pick<RunRecord, 'runID' | 'input'>): MgnTarget {
  const { accountID, region, roleArn } = input;
  return { accountID, region, roleArn, runID };
}

/** As `targetOf`, for the one step that finalizes: it may need another role than all others. */
export function finalizingTargetOf(run: Pick<RunRecord, 'runID' | 'input'>): MgnTarget {
  const target = targetOf(run);
  return { ...target, roleArn: run.input.finalizerRoleArn ?? target.roleArn };
}

/** The ARN of the role to assume, account and region filled in; undefined when none is assumed. */
export function roleArnOf({ accountID = '', region = '', roleArn }: MgnTarget): string | undefined {
  return roleArn?.replaceAll('{accountID}', accountID).replaceAll('{region}', region);
}

/** The account of the source servers: the one that is named, or that of the role; undefined for the caller's own. */
export function accountIDOf(target: MgnTarget): string | undefined {
  return target.accountID ?? roleArnOf(target)?.split(':')[4];
}

/**
 * The account that has to be named in calls to MGN: only in its global view. A role that is assumed is in the account
 * already, where the global view is not to be had (`mgn.md` G).
 */
export function viewedAccountID({ accountID, roleArn }: MgnTarget): string | undefined {
  return roleArn === undefined ? accountID : undefined;
}

/** Whether EC2 at the target is to be looked at: not through MGN's global view, which EC2 does not have. */
export function checksLaunchTargets({ input }: Pick<RunRecord, 'input'>): boolean {
  return input.options.checkLaunchTargets && viewedAccountID(input) === undefined;
}

/** The warning that launch targets are asked to be checked and cannot be; none where they are, or are not asked to be. */
export function uncheckedTargetWarnings(run: Pick<RunRecord, 'input'>): Reason[] {
  if (!run.input.options.checkLaunchTargets || checksLaunchTargets(run)) return [];
  return [
    {
      code: 'LAUNCH_TARGETS_UNCHECKED',
      fact: `what launch templates name was not checked: EC2 of account ${run.input.accountID ?? ''} is not read through MGN’s global view`,
      source: 'input',
      remedy: 'Give roleArn, a role in that account, or set options.checkLaunchTargets to false.',
    },
  ];
}

/**
 * What is wrong with where these source servers are, in words; undefined when they are where the target says. A role of
 * the wrong account, or a region that is not meant, shows here before anything is touched.
 */
export function describeMisplaced(
  target: MgnTarget,
  servers: readonly Pick<SourceServer, 'arn' | 'sourceServerID'>[],
): string | undefined {
  const wanted = { accountID: accountIDOf(target), region: target.region };
  const stray = servers.find(({ arn }) => {
    const [, , , region, accountID] = arn.split(':');
    const isElsewhere = wanted.accountID !== undefined && accountID !== wanted.accountID;
    return isElsewhere || (wanted.region !== undefined && region !== wanted.region);
  });
  if (stray === undefined) return undefined;
  const [, , , region = 'no region', accountID = 'no account'] = stray.arn.split(':');
  const asked = [wanted.accountID && `account ${wanted.accountID}`, wanted.region && `region ${wanted.region}`];
  return `MGN answered with ${stray.sourceServerID} of account ${accountID} in ${region}, and the input asks for ${asked.filter((words) => words !== undefined).join(', ')}`;
}
