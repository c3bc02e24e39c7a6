/**
 * cdk-nag's checks, and what a reviewer has accepted of their findings: `nag-acknowledgements.json`. A finding that is
 * not in that file fails the synthesis.
 */
import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import * as v from 'valibot';
import { isOwnedByAws } from './hook-permissions.ts';
import reviewed from './nag-acknowledgements.json' with { type: 'json' };
import type { Settings } from './settings.ts';

const AcknowledgementsSchema = v.array(
  v.strictObject({
    /** cdk-nag's rule with its pack, such as `AwsSolutions-IAM5`. */
    rule: v.string(),
    /**
     * The single findings of a rule that tells them apart, such as `Resource::*`. `{own document}` and `{AWS document}`
     * stand for every document that a deployment names as a hook.
     */
    findings: v.optional(v.pipe(v.array(v.string()), v.nonEmpty())),
    /** The path of the stack within the app. */
    stack: v.optional(v.string(), 'MgnCutover'),
    /** Paths of the constructs within the stack. */
    at: v.pipe(v.array(v.string()), v.nonEmpty()),
    /** Why a reviewer accepts it. */
    reason: v.pipe(v.string(), v.minLength(20)),
  }),
);

/** One accepted finding at one construct. */
export interface Acknowledgement {
  /** With the single finding in brackets, such as `AwsSolutions-IAM5[Resource::*]`. */
  readonly id: string;
  /** Path of the construct within the app. */
  readonly path: string;
  readonly reason: string;
}

/** What a deployment names that stands in findings. */
type NamingSettings = Pick<Settings, 'hookDocumentNames'>;

/** All that the reviewed file accepts in a deployment with these settings, one by one. */
export function acknowledgementsFor(settings: NamingSettings): Acknowledgement[] {
  return v.parse(AcknowledgementsSchema, reviewed).flatMap(({ rule, findings, stack, at, reason }) => {
    const single = findings?.flatMap((finding) => named(finding, settings));
    const ids = single?.map((finding) => `${rule}[${finding}]`) ?? [rule];
    return ids.flatMap((id) => at.map((path) => ({ id, path: `${stack}/${path}`, reason })));
  });
}

/** Acknowledges in `app` what the reviewed file accepts. What a variant of a stack does not have is passed over. */
export function acknowledgeFindings(app: App, settings: NamingSettings): void {
  for (const { id, path, reason } of acknowledgementsFor(settings)) {
    const construct = find(app, path);
    if (construct !== undefined) Validations.of(construct).acknowledge({ id: qualified(id), reason });
  }
}

/** Has every synthesis of `app` checked. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(), new ServerlessChecks());
}

/** The finding for each document that it stands for: one of the deployment's own account, or of AWS's. */
function named(finding: string, { hookDocumentNames }: NamingSettings): string[] {
  const [placeholder] = /\{(?:own|AWS) document\}/.exec(finding) ?? [];
  if (placeholder === undefined) return [finding];
  return hookDocumentNames
    .filter((name) => isOwnedByAws(name) === (placeholder === '{AWS document}'))
    .map((name) => finding.replace(placeholder, name));
}

/** With its pack in front CDK keeps the accepted finding and its reason in the validation report. */
function qualified(id: string): string {
  return `${id.split('-')[0] ?? ''}::${id}`;
}

function find(app: App, path: string): IConstruct | undefined {
  return path.split('/').reduce<IConstruct | undefined>((construct, id) => construct?.node.tryFindChild(id), app);
}
