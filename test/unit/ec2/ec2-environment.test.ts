import { readEc2Endpoints } from '../../../functions/ec2/ec2-environment.ts';

describe('readEc2Endpoints', () => {
  it('leaves AWS’s own endpoints alone', () => {
    expect(readEc2Endpoints({})).toEqual({ ec2: undefined, serviceQuotas: undefined, cloudWatch: undefined });
  });

  it('prefers the service’s variable to the general one', () => {
    const general = 'http://127.0.0.1:4566';
    const own = 'http://127.0.0.1:8080';

    expect(readEc2Endpoints({ AWS_ENDPOINT_URL: general, AWS_ENDPOINT_URL_EC2: own })).toEqual({
      ec2: own,
      serviceQuotas: general,
      cloudWatch: general,
    });
    expect(readEc2Endpoints({ AWS_ENDPOINT_URL_SERVICE_QUOTAS: own, AWS_ENDPOINT_URL_CLOUDWATCH: own })).toEqual({
      serviceQuotas: own,
      cloudWatch: own,
    });
  });

  it('refuses what is no URL', () => {
    expect(() => readEc2Endpoints({ AWS_ENDPOINT_URL_EC2: 'here' })).toThrow();
  });
});
