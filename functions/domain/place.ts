/** Where a source server is: quotas, timings and request rates count per account and region. */

/** The place of an MGN resource as `ACCOUNT/REGION`, from its ARN. */
export function placeOf(arn: string): string {
  const [, , , region = '', account = ''] = arn.split(':');
  return `${account}/${region}`;
}
