/**
 * The starts of the reviewed file (`schedule-file.ts`) as schedules of EventBridge Scheduler. Each calls StartExecution
 * itself, because only so can it name the execution: the scheduler delivers at least once, and a start of the same name
 * and input is the same start (`engine.md` sections 1 and 3).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { useOfKey } from './customer-key.ts';
import type { LiveAlias } from './live-alias.ts';
import { InvalidScheduleFileError, parseScheduleFile, type Schedule } from './schedule-file.ts';

/** As many as EventBridge Scheduler makes; what ends the attempts is the window. */
const attemptsMax = 185;
/** Longest name of a schedule group in AWS. */
const groupNameLengthMax = 64;

/** What schedules are made of. */
export interface SchedulesProps {
  readonly schedules: readonly Schedule[];
  /** The alias of `wave-cutover`: its ARN, and the right to start it. */
  readonly waveCutover: Pick<LiveAlias, 'aliasArn' | 'startStatements'>;
  /** Takes the starts that could not be made within their window. */
  readonly deadLetterQueue: IQueue;
}

/**
 * The schedules with their groups, and one role for all of them that may start the one alias and nothing else. Nothing
 * at all when there are no schedules.
 *
 * @throws InvalidScheduleFileError when a group's name is too long together with the stack's.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const groups = new Map<string | undefined, CfnScheduleGroup>();
    for (const { group } of props.schedules) {
      if (!groups.has(group)) groups.set(group, this.createGroup(group));
    }
    if (groups.size === 0) return;
    const role = this.createRole([...groups.values()], props);
    for (const schedule of props.schedules)
      this.createSchedule(schedule, { role, groupName: groups.get(schedule.group)?.ref, ...props });
  }

  private createGroup(group: string | undefined): CfnScheduleGroup {
    const { stackName } = Stack.of(this);
    const name = group === undefined ? stackName : `${stackName}-${group}`;
    if (name.length > groupNameLengthMax) {
      throw new InvalidScheduleFileError(
        `The schedules cannot be used: the group's name in AWS would be "${name}", and AWS takes at most ${groupNameLengthMax} characters.`,
      );
    }
    return new CfnScheduleGroup(this, `Group-${group ?? ''}`, { name });
  }

  /** Only these groups of this account may use the role; a schedule's own ARN is not what the scheduler shows to IAM. */
  private createRole(groups: readonly CfnScheduleGroup[], { waveCutover, deadLetterQueue }: SchedulesProps): Role {
    return new Role(this, 'Role', {
      description: 'mgn-cutover: starts waves at their time',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Aws.ACCOUNT_ID,
            'aws:SourceArn': groups.map((group) => group.attrArn),
          },
        },
      }),
      inlinePolicies: {
        Rights: new PolicyDocument({
          statements: [
            ...waveCutover.startStatements(),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
            ...useOfKey(deadLetterQueue.encryptionMasterKey, ['sqs']),
          ],
        }),
      },
    });
  }

  private createSchedule(
    { name, at, windowMinutes, isEnabled, runName, input }: Schedule,
    props: SchedulesProps & { readonly role: Role; readonly groupName: string | undefined },
  ): void {
    new CfnSchedule(this, `Schedule-${name}`, {
      name,
      description: `mgn-cutover: starts the run ${runName}, at most ${windowMinutes} minutes late`,
      ...(props.groupName === undefined ? {} : { groupName: props.groupName }),
      state: isEnabled ? 'ENABLED' : 'DISABLED',
      scheduleExpression: `at(${at})`,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: `arn:${Aws.PARTITION}:scheduler:::aws-sdk:sfn:startExecution`,
        roleArn: props.role.roleArn,
        input: Stack.of(this).toJsonString({
          StateMachineArn: props.waveCutover.aliasArn,
          Name: runName,
          Input: JSON.stringify(input),
        }),
        retryPolicy: { maximumEventAgeInSeconds: windowMinutes * 60, maximumRetryAttempts: attemptsMax },
        deadLetterConfig: { arn: props.deadLetterQueue.queueArn },
      },
    });
  }
}

/**
 * The schedules in a file.
 *
 * @param file - relative to the repository's root
 * @throws InvalidScheduleFileError naming the file when it cannot be read, is not JSON, or holds something else.
 */
export function readScheduleFile(file: string): Schedule[] {
  try {
    const content: unknown = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '..', file), 'utf8'));
    return parseScheduleFile(content);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new InvalidScheduleFileError(`${file}: ${problem}`, { cause: error });
  }
}
