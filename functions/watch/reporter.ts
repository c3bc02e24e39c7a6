/** Where reports and notices go, and how they get there when the function runs in Lambda. */
import { setTimeout as wait } from 'node:timers/promises';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { Clock } from '../domain/ports.ts';
import { productionChannels } from './channels.ts';
import { createEvidenceBucket, type EvidenceBucket } from './evidence-bucket.ts';
import type { Channel } from './message.ts';
import { createMetrics, type EmitMetrics } from './metrics.ts';
import { readReporterEnvironment } from './watch-environment.ts';

/** Where a report goes. */
export interface Reporter {
  readonly stackName: string;
  readonly channels: readonly Channel[];
  readonly bucket: EvidenceBucket;
  readonly emitMetrics: EmitMetrics;
}

/**
 * The channels, the bucket and the metrics of the function's environment, with the credentials of its role.
 *
 * @throws ValiError when a setting of `watch-environment.ts` is missing or wrong.
 */
export function productionReporter(clock: Clock): Reporter {
  const environment = readReporterEnvironment(process.env);
  const { stackName, evidenceBucketName, region, endpoints } = environment;
  const sender = { region, credentials: fromEnv(), clock, wait };
  return {
    stackName,
    channels: productionChannels(environment, clock),
    bucket: createEvidenceBucket(sender, evidenceBucketName, endpoints.s3),
    emitMetrics: createMetrics(stackName),
  };
}
