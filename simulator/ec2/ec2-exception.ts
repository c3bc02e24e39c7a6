/** The refusals of EC2, CloudWatch and STS as the simulator words them. */
import { shownText } from '../shown-text.ts';

/** Code and HTTP status of every refusal. */
export const ec2ExceptionStatus = {
  AccessDenied: 403,
  AuthFailure: 401,
  DryRunOperation: 412,
  ExpiredToken: 403,
  FilterLimitExceeded: 400,
  InternalError: 500,
  'InvalidGroup.NotFound': 400,
  InvalidInstanceType: 400,
  'InvalidLaunchTemplateId.NotFound': 400,
  'InvalidLaunchTemplateId.VersionNotFound': 400,
  'InvalidLaunchTemplateName.NotFoundException': 400,
  InvalidParameterValue: 400,
  'InvalidSubnetID.NotFound': 400,
  'InvalidVpcID.NotFound': 400,
  MissingParameter: 400,
  NotImplemented: 501,
  RequestLimitExceeded: 503,
  UnauthorizedOperation: 403,
  ValidationError: 400,
} as const;

/** Code of a refusal. */
export type Ec2ExceptionCode = keyof typeof ec2ExceptionStatus;

/** Longest message: some repeat what was sent. */
const messageMax = 1_000;

/** A refusal; operations throw it, `answer.ts` turns it into the answer. */
export class Ec2Exception extends Error {
  override readonly name = 'Ec2Exception';
  readonly code: Ec2ExceptionCode;

  constructor(code: Ec2ExceptionCode, message: string) {
    super(shownText(message, messageMax));
    this.code = code;
  }
}
