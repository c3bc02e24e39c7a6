/** One question to IAM: may somebody make this call on this resource, in these circumstances? */
import type { StatementFacts } from '../../infra/mgn-actions.ts';

/** What IAM is told about a call, by condition key: a text, several texts for a key of many values, or a truth. */
export type Circumstances = Readonly<Record<string, string | readonly string[] | boolean>>;

/** A call that somebody has to be allowed. */
export interface Right {
  /** With its service, such as `mgn:StartCutover`. */
  readonly action: string;
  /** An ARN, or `*` for a call that is authorized without a resource. */
  readonly resource: string;
  readonly circumstances: Circumstances;
  /** The statement of a policy that gives it. */
  readonly statement: StatementFacts;
  /** AWS lists it as needed, but its own managed policies for MGN do without it. */
  readonly isOnlyListed?: boolean | undefined;
}

/** What one identity needs for one purpose. */
export interface Duty {
  /** A step, or what a person does. */
  readonly name: string;
  /** Whether it is good to know, and no fault to be without. */
  readonly isOptional?: boolean | undefined;
  readonly rights: readonly Right[];
  /** Calls that nobody makes for this purpose; a stack denies them to its functions. */
  readonly neverCalled: readonly Right[];
}
