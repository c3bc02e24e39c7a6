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

/** An alias: its ARN, and the right to start it. */
type StartedAlias = Pick<LiveAlias, 'aliasArn' | 'startStatements'>;

/** What schedules are made of. */
export interface SchedulesProps {
  readonly schedules: readonly Schedule[];
  readonly waveCutover: StartedAlias;
  readonly migrationRun: StartedAlias;
  /** Takes the starts that could not be made within their window. */
  readonly deadLetterQueue: IQueue;
}

/**
 * The schedules with their groups, and one role for all of them that may start what they start and nothing else. Nothing
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
  private createRole(groups: readonly CfnScheduleGroup[], props: SchedulesProps): Role {
    const { schedules, deadLetterQueue } = props;
    const aliases = new Set(schedules.map((schedule) => aliasFor(schedule, props)));
    return new Role(this, 'Role', {
      description: 'mgn-cutover: starts waves and migrations at their time',
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
            ...[...aliases].flatMap((alias) => alias.startStatements()),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
            ...useOfKey(deadLetterQueue.encryptionMasterKey, ['sqs']),
          ],
        }),
      },
    });
  }

  private createSchedule(
    schedule: Schedule,
    props: SchedulesProps & { readonly role: Role; readonly groupName: string | undefined },
  ): void {
    const { name, at, windowMinutes, isEnabled, runName, input } = schedule;
    new CfnSchedule(this, `Schedule-${name}`, {
      name,
      description: `mgn-cutover: starts ${runName}, at most ${windowMinutes} minutes late`,
      ...(props.groupName === undefined ? {} : { groupName: props.groupName }),
      state: isEnabled ? 'ENABLED' : 'DISABLED',
      scheduleExpression: `at(${at})`,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: `arn:${Aws.PARTITION}:scheduler:::aws-sdk:sfn:startExecution`,
        roleArn: props.role.roleArn,
        input: Stack.of(this).toJsonString({
          StateMachineArn: aliasFor(schedule, props).aliasArn,
          Name: runName,
          Input: JSON.stringify(input),
        }),
        retryPolicy: { maximumEventAgeInSeconds: windowMinutes * 60, maximumRetryAttempts: attemptsMax },
        deadLetterConfig: { arn: props.deadLetterQueue.queueArn },
      },
    });
  }
}

function aliasFor({ machine }: Schedule, props: SchedulesProps): StartedAlias {
  return machine === 'migration-run' ? props.migrationRun : props.waveCutover;
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
