/** Rules over Map and Parallel: inline, bounded, and made of branches that record their failures and never fail. */
import { INLINE_CONCURRENCY_MAX } from '../run-branches.ts';
import { type StateRule, isContainer, violationIf } from './rule.ts';

/** The engine runs a distributed Map as an inline one and says nothing (engine.md F2, row 12). */
const mapInline: StateRule = (site) => {
  const mode = site.state.ItemProcessor?.ProcessorConfig?.['Mode'] ?? 'INLINE';
  return violationIf(mode !== 'INLINE', 'map-inline', site, 'Only an INLINE Map runs locally.');
};

const mapConcurrency: StateRule = (site) => {
  const { Type: type, MaxConcurrency: concurrency = 0 } = site.state;
  return violationIf(
    type === 'Map' && !(concurrency >= 1 && concurrency <= INLINE_CONCURRENCY_MAX),
    'map-concurrency',
    site,
    `The Map does not name a MaxConcurrency of 1 to ${INLINE_CONCURRENCY_MAX}.`,
  );
};

const foreignMapFields = [
  'Iterator',
  'Parameters',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
  'MaxConcurrencyPath',
  'Label',
];

const mapFields: StateRule = (site) => {
  const found = site.state.Type === 'Map' ? foreignMapFields.filter((field) => field in site.state) : [];
  return violationIf(
    found.length > 0,
    'map-fields',
    site,
    `${found.join(', ')}: not for an inline Map of this project.`,
  );
};

/** One branch that fails aborts its siblings in the middle of their calls. */
const branchCannotFail: StateRule = (site) => {
  const { Type: type, Catch: catchers = [] } = site.state;
  const canFail = type === 'Task' || isContainer(site.state);
  const catchesAll = catchers.some(({ ErrorEquals: names }) => names.includes('States.ALL'));
  return [
    ...violationIf(
      site.isInBranch && canFail && !catchesAll,
      'branch-cannot-fail',
      site,
      'A failure here would fail its Map or Parallel; catch States.ALL and record it.',
    ),
    ...violationIf(site.isInBranch && type === 'Fail', 'branch-cannot-fail', site, 'A branch must not end in Fail.'),
  ];
};

/** A retry would repeat what the branches have already done. */
const branchRetry: StateRule = (site) =>
  violationIf(
    isContainer(site.state) && (site.state.Retry ?? []).length > 0,
    'branch-retry',
    site,
    'A Map or Parallel is not retried as a whole.',
  );

/** Rules over Map and Parallel states and what is within them. */
export const branchRules: readonly StateRule[] = [mapInline, mapConcurrency, mapFields, branchCannotFail, branchRetry];
