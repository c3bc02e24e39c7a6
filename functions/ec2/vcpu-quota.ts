/**
 * How many vCPUs of On-Demand Standard instances may run, and how many do. EC2's own API tells neither in one call: the
 * quota is Service Quotas', its use the metric that belongs to it. Counting all instances of an account would take pages
 * of some megabytes for the same figure.
 */
import * as v from 'valibot';
import { TransientServiceError } from '../domain/errors.ts';
import type { VcpuQuota } from '../domain/launch-target-port.ts';
import { domainSuffix, ServiceRequestError, type Sender } from '../shared/signed-request.ts';
import type { Ec2Endpoints } from './ec2-adapter.ts';
import { callQuery, requiredNumber, requiredText, sendRead, type QueryService } from './query-protocol.ts';
import { membersAt } from './xml.ts';

/** Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, in vCPUs. */
const quotaCode = 'L-1216C47A';

/** The quota's usage metric, as Service Quotas names it. */
const usage = {
  Namespace: 'AWS/Usage',
  MetricName: 'ResourceCount',
  'Dimensions.member.1.Name': 'Service',
  'Dimensions.member.1.Value': 'EC2',
  'Dimensions.member.2.Name': 'Resource',
  'Dimensions.member.2.Value': 'vCPU',
  'Dimensions.member.3.Name': 'Type',
  'Dimensions.member.3.Value': 'Resource',
  'Dimensions.member.4.Name': 'Class',
  'Dimensions.member.4.Value': 'Standard/OnDemand',
  'Statistics.member.1': 'Maximum',
  Period: '300',
};
/** How far back its newest figure is looked for, in milliseconds. */
const usageWindowMs = 30 * 60_000;

const QuotaAnswerSchema = v.object({ Quota: v.object({ Value: v.pipe(v.number(), v.finite()) }) });

/** A reader of the quota and its use in the sender's account and region. */
export function createVcpuQuotaReader(
  sender: Sender,
  endpoints: Pick<Ec2Endpoints, 'serviceQuotas' | 'cloudWatch'>,
): () => Promise<VcpuQuota | undefined> {
  const suffix = `${sender.region}.${domainSuffix(sender.region)}`;
  const quotas = new URL(endpoints.serviceQuotas ?? `https://servicequotas.${suffix}/`);
  const metrics = new URL(endpoints.cloudWatch ?? `https://monitoring.${suffix}/`);
  const cloudWatch: QueryService = { sender, service: 'monitoring', version: '2010-08-01', url: metrics };
  return async () => {
    const quota = await readQuota(sender, quotas);
    return quota === undefined ? undefined : { quota, inUse: await readUse(cloudWatch) };
  };
}

async function readQuota(sender: Sender, url: URL): Promise<number | undefined> {
  try {
    const body = await sendRead(sender, 'GetServiceQuota', {
      service: 'servicequotas',
      method: 'POST',
      url,
      contentType: 'application/x-amz-json-1.1',
      target: 'ServiceQuotasV20190624.GetServiceQuota',
      body: JSON.stringify({ ServiceCode: 'ec2', QuotaCode: quotaCode }),
    });
    return v.parse(QuotaAnswerSchema, JSON.parse(body)).Quota.Value;
  } catch (error) {
    if (isNoSuchQuota(error)) return undefined;
    if (error instanceof SyntaxError || error instanceof v.ValiError)
      throw new TransientServiceError('GetServiceQuota: the answer cannot be read', { cause: error });
    throw error;
  }
}

function isNoSuchQuota(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.cause instanceof ServiceRequestError && error.cause.code === 'NoSuchResourceException';
}

/** The newest figure; where nothing has run for long there is none. */
async function readUse(cloudWatch: QueryService): Promise<number> {
  const now = cloudWatch.sender.clock.now();
  const answer = await callQuery(cloudWatch, 'GetMetricStatistics', {
    ...usage,
    StartTime: new Date(now - usageWindowMs).toISOString(),
    EndTime: new Date(now).toISOString(),
  });
  const figures = membersAt(answer, 'GetMetricStatisticsResult', 'Datapoints').map((point) => ({
    at: Date.parse(requiredText(point, 'Timestamp')),
    vcpus: requiredNumber(point, 'Maximum'),
  }));
  if (figures.some(({ at }) => Number.isNaN(at)))
    throw new TransientServiceError('GetMetricStatistics: the answer holds a figure of no time');
  return figures.sort((one, other) => other.at - one.at)[0]?.vcpus ?? 0;
}
