/**
 * The quota of running On-Demand Standard instances and its use, as Service Quotas (GetServiceQuota, JSON) and CloudWatch
 * (GetMetricStatistics, Query protocol) tell them; nothing else of the two services is modelled.
 */
import { shownText } from '../shown-text.ts';
import { jsonResponse } from '../wire/http-message.ts';
import type { WireResponse } from '../wire/http-message.ts';
import { parseJson } from '../wire/parse-json.ts';
import { vcpusInUseAt } from '../world/launch-place.ts';
import type { Ec2Call } from './describe.ts';
import { Ec2Exception } from './ec2-exception.ts';
import type { Fields } from './query-request.ts';
import { XmlList } from './xml.ts';
import type { XmlContent } from './xml.ts';

const quotaCode = 'L-1216C47A';

const usageDimensions = { Class: 'Standard/OnDemand', Resource: 'vCPU', Service: 'EC2', Type: 'Resource' };

const refused = (type: string, message: string): WireResponse =>
  jsonResponse(400, { __type: type, Message: message }, { 'content-type': 'application/x-amz-json-1.1' });

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;

/** GetServiceQuota; every other quota answers NoSuchResourceException. */
export const getServiceQuota = ({ world, account }: Ec2Call, body: string): WireResponse => {
  const input = parseJson(body);
  const code = memberOf(input, 'QuotaCode');
  if (memberOf(input, 'ServiceCode') !== 'ec2' || code !== quotaCode) {
    return refused(
      'NoSuchResourceException',
      `The request failed because there is no quota ${typeof code === 'string' ? shownText(code) : ''}.`,
    );
  }
  const Quota = {
    ServiceCode: 'ec2',
    ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
    QuotaArn: `arn:aws:servicequotas:${world.region}:${account.accountID}:ec2/${quotaCode}`,
    QuotaCode: quotaCode,
    QuotaName: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
    Value: account.ec2.vcpuQuota,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
    UsageMetric: {
      MetricNamespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
      MetricDimensions: usageDimensions,
      MetricStatisticRecommendation: 'Maximum',
    },
  };
  return jsonResponse(200, { Quota }, { 'content-type': 'application/x-amz-json-1.1' });
};

/** GetMetricStatistics of the quota's usage metric: one figure, of the moment that is asked for last. */
export const getMetricStatistics = (
  { account, now }: Ec2Call,
  fields: Fields,
): Readonly<Record<string, XmlContent>> => {
  const dimensions = Object.fromEntries(
    [1, 2, 3, 4].map((number) => [
      fields.get(`Dimensions.member.${number}.Name`) ?? '',
      fields.get(`Dimensions.member.${number}.Value`) ?? '',
    ]),
  );
  const isUsage =
    fields.get('Namespace') === 'AWS/Usage' &&
    fields.get('MetricName') === 'ResourceCount' &&
    Object.entries(usageDimensions).every(([name, value]) => dimensions[name] === value);
  if (!isUsage) {
    throw new Ec2Exception('NotImplemented', 'The simulator models the usage metric of Standard instances, no others.');
  }
  const figure = { Timestamp: new Date(now).toISOString(), Maximum: vcpusInUseAt(account, now), Unit: 'None' };
  return { Label: 'ResourceCount', Datapoints: new XmlList('member', [figure]) };
};
