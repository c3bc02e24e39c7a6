/** The names of MGN's faults as facts, told apart as far as the code that meets them does. */
import type { FaultRule } from '../../../simulator/faults/fault-rule.ts';

/** Such as `mgn fault throttle`, `mgn fault lostAnswer timeout`, `mgn fault refuse ConflictException`. */
export function mgnFaultFact(rule: FaultRule): string {
  switch (rule.fault) {
    case 'lostAnswer':
      return `mgn fault lostAnswer ${rule.ending ?? 'reset'}`;
    case 'refuse':
      return `mgn fault refuse ${rule.exception}`;
    default:
      return `mgn fault ${rule.fault}`;
  }
}
