/** Every case. */
import type { ConformanceCase } from '../conformance-case.ts';
import { dataCases } from './data.ts';
import { errorCases } from './errors.ts';
import { integrationCases } from './integrations.ts';

/** All cases, in the order of their files. */
export const conformanceCases: readonly ConformanceCase[] = [...errorCases, ...dataCases, ...integrationCases];
