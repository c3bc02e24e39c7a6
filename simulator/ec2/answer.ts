/**
 * The services beside MGN: EC2, and of Service Quotas and CloudWatch one call each, tell where a launch goes; STS lets a
 * caller act in another account. They are told from MGN, whose operations have paths of their own, by a form or an `x-amz-target` that is sent to the root.
 */
import type { Circumstances } from '../caller.ts';
import type { MgnException } from '../exceptions.ts';
import { jsonResponse } from '../wire/http-message.ts';
import { shownText } from '../shown-text.ts';
import type { WireRequest, WireResponse } from '../wire/http-message.ts';
import { neighbourOperations } from '../wire/operation-names.ts';
import type { NeighbourOperationName } from '../wire/operation-names.ts';
import type { Ec2Call, Ec2Operation } from './describe.ts';
import { Ec2Exception, ec2ExceptionStatus } from './ec2-exception.ts';
import type { Ec2ExceptionCode } from './ec2-exception.ts';
import { describeInstanceTypes, describeLaunchTemplates, describeLaunchTemplateVersions } from './launch-templates.ts';
import {
  describeSecurityGroups,
  describeSecurityGroupVpcAssociations,
  describeSubnets,
  describeVpcs,
} from './networks.ts';
import { queryRequestOf } from './query-request.ts';
import type { QueryRequest } from './query-request.ts';
import { assumeRole, getCallerIdentity } from '../sts/roles.ts';
import type { StsOperation } from '../sts/roles.ts';
import { getMetricStatistics, getServiceQuota } from './vcpu-quota.ts';
import { xmlDocument } from './xml.ts';
import type { XmlContent } from './xml.ts';

/** A request to one of these services, and its answers. */
export interface NeighbourRequest {
  /** As a log names it, modelled or not. */
  readonly name: string;
  /** Undefined for an operation that is not modelled. */
  readonly operation: NeighbourOperationName | undefined;
  readonly perform: (call: Circumstances, requestID: string) => NeighbourAnswer;
  /** The answer to a call that a fault refuses as MGN would. */
  readonly refuse: (exception: MgnException, requestID: string) => NeighbourAnswer;
}

/** An answer, with the code of the refusal if it is one. */
export interface NeighbourAnswer {
  readonly response: WireResponse;
  readonly error: string | undefined;
}

/** The request as one of these services understands it; undefined for every other request. */
export const neighbourRequestOf = (request: WireRequest): NeighbourRequest | undefined => {
  const { path, target, body } = request;
  if (path === '/' && target?.startsWith(quotaTarget) === true) return quotaRequest(target, body);
  const query = queryRequestOf(request);
  const dialect = dialects.find(({ version }) => version === query?.version);
  return query === undefined || dialect === undefined ? undefined : queryAnswers(query, dialect);
};

const modelled = (name: string): NeighbourOperationName | undefined =>
  neighbourOperations.find((operation) => operation === name);

const notModelled = (name: string): string => `The simulator does not model ${shownText(name)}.`;

const quotaTarget = 'ServiceQuotasV20190624.';

const quotaRequest = (target: string, body: string): NeighbourRequest => {
  const name = `servicequotas:${target.slice(quotaTarget.length)}`;
  const operation = modelled(name);
  const refused = (status: number, type: string, Message: string): NeighbourAnswer => ({
    response: jsonResponse(status, { __type: type, Message }, { 'content-type': 'application/x-amz-json-1.1' }),
    error: type,
  });
  return {
    name,
    operation,
    perform: (call) => {
      if (operation === undefined) return refused(501, 'NotImplementedException', notModelled(name));
      try {
        refuseExpired(call);
        return { response: getServiceQuota(ec2CallOf(call), body), error: undefined };
      } catch (error) {
        if (error instanceof Ec2Exception) return refused(400, error.code, error.message);
        throw error;
      }
    },
    refuse: ({ name: type, message }) => refused(type === 'InternalServerException' ? 500 : 400, type, message),
  };
};

/** How a service of the Query protocol words its answers. */
interface Dialect {
  readonly prefix: string;
  readonly version: string;
  readonly namespace: string;
  readonly operations: ReadonlyMap<string, StsOperation>;
  readonly answered: (action: string, members: Readonly<Record<string, XmlContent>>, requestID: string) => XmlContent;
  /** Root and contents of a refusal. */
  readonly refused: (code: string, message: string, requestID: string) => readonly [string, XmlContent];
}

const refuseExpired = ({ caller }: Circumstances): void => {
  if (caller.hasExpired)
    throw new Ec2Exception('ExpiredToken', 'The security token included in the request is expired');
};

/** Where an operation acts: in the account of whoever calls, in the Region that is called. */
const ec2CallOf = ({ world, caller, now }: Circumstances): Ec2Call => {
  const account = world?.accounts.get(caller.accountID);
  if (world !== undefined && account !== undefined) return { world, account, now };
  throw new Ec2Exception('AuthFailure', `The scenario has nothing of account ${caller.accountID} in this Region.`);
};

const inAccount =
  (operation: Ec2Operation): StsOperation =>
  (call, fields) =>
    operation(ec2CallOf(call), fields);

/** How all of them but EC2 word their answers. */
const namedAnswers: Pick<Dialect, 'answered' | 'refused'> = {
  answered: (action, members, RequestId) => ({ [`${action}Result`]: members, ResponseMetadata: { RequestId } }),
  refused: (Code, Message, RequestId) => ['ErrorResponse', { Error: { Type: 'Sender', Code, Message }, RequestId }],
};

const dialects: readonly Dialect[] = [
  {
    prefix: 'ec2',
    version: '2016-11-15',
    namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    operations: new Map([
      ['DescribeVpcs', inAccount(describeVpcs)],
      ['DescribeSubnets', inAccount(describeSubnets)],
      ['DescribeSecurityGroups', inAccount(describeSecurityGroups)],
      ['DescribeSecurityGroupVpcAssociations', inAccount(describeSecurityGroupVpcAssociations)],
      ['DescribeLaunchTemplates', inAccount(describeLaunchTemplates)],
      ['DescribeLaunchTemplateVersions', inAccount(describeLaunchTemplateVersions)],
      ['DescribeInstanceTypes', inAccount(describeInstanceTypes)],
    ]),
    answered: (_action, members, requestId) => ({ requestId, ...members }),
    refused: (Code, Message, RequestID) => ['Response', { Errors: { Error: { Code, Message } }, RequestID }],
  },
  {
    prefix: 'cloudwatch',
    version: '2010-08-01',
    namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    operations: new Map([['GetMetricStatistics', inAccount(getMetricStatistics)]]),
    ...namedAnswers,
  },
  {
    prefix: 'sts',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: new Map([
      ['AssumeRole', assumeRole],
      ['GetCallerIdentity', getCallerIdentity],
    ]),
    ...namedAnswers,
  },
];

const xmlResponse = (status: number, body: string): WireResponse => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body,
});

/** The exceptions of MGN that a fault may name, as these services would put them. */
const codeOf = ({ name }: MgnException): Ec2ExceptionCode => {
  switch (name) {
    case 'AccessDeniedException':
      return 'UnauthorizedOperation';
    case 'ThrottlingException':
      return 'RequestLimitExceeded';
    case 'InternalServerException':
      return 'InternalError';
    default:
      return 'InvalidParameterValue';
  }
};

const queryAnswers = ({ action, fields }: QueryRequest, dialect: Dialect): NeighbourRequest => {
  const name = `${dialect.prefix}:${action}`;
  const perform = dialect.operations.get(action);
  const refused = (code: Ec2ExceptionCode, message: string, requestID: string): NeighbourAnswer => {
    const [root, content] = dialect.refused(code, message, requestID);
    return { response: xmlResponse(ec2ExceptionStatus[code], xmlDocument(root, content)), error: code };
  };
  return {
    name,
    operation: modelled(name),
    perform: (call, requestID) => {
      if (perform === undefined) return refused('NotImplemented', notModelled(name), requestID);
      try {
        refuseExpired(call);
        const content = dialect.answered(action, perform(call, fields), requestID);
        return {
          response: xmlResponse(200, xmlDocument(`${action}Response`, content, dialect.namespace)),
          error: undefined,
        };
      } catch (error) {
        if (error instanceof Ec2Exception) return refused(error.code, error.message, requestID);
        throw error;
      }
    },
    refuse: (exception, requestID) => refused(codeOf(exception), exception.message, requestID),
  };
};
