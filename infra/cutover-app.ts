/** The CDK app as a value, so that tests and tools synthesize exactly what is deployed. */
import { App, Stage, type AppProps } from 'aws-cdk-lib';
import manifest from '../package.json' with { type: 'json' };
import { CutoverStack } from './cutover-stack.ts';
import { acknowledgeFindings, addChecks } from './nag.ts';
import { readSettings } from './settings.ts';
import { TargetAccountStack } from './target-account-stack.ts';

/** The stack's name, which every name in it begins with. */
export const stackName = 'MgnCutover';

/** What the app is made of; the settings of the deployment are in its context. */
export interface CutoverAppProps extends Pick<AppProps, 'context' | 'outdir'> {
  /** Holds a folder with each function's bundle, by the function's name. */
  readonly bundlesFolder: string;
}

/** An app with its stacks. */
export interface CutoverApp {
  readonly app: App;
  readonly stack: CutoverStack;
  /** The roles for target accounts: a template of its own, which `cdk deploy` leaves alone unless it is named. */
  readonly targetAccount: TargetAccountStack;
}

/**
 * The app with its stacks, tagged and under cdk-nag's checks: synthesizing it throws when one finds something that is
 * not acknowledged. It looks nothing up, and without an explicit account and region it fits any.
 *
 * @throws InvalidSettingError for a setting in the context that cannot be used.
 */
export function createCutoverApp({ bundlesFolder, ...props }: CutoverAppProps): CutoverApp {
  const app = new App({ analyticsReporting: false, ...props });
  const settings = readSettings(app.node);
  const { account, region } = settings;
  const tags = { application: manifest.name, version: manifest.version };
  const stack = new CutoverStack(app, stackName, {
    bundlesFolder,
    settings,
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
    tags,
  });
  // In a stage of its own, because "cdk deploy" without a name takes the app's only stack outside of stages.
  const stage = new Stage(app, 'TargetAccount');
  const targetAccount = new TargetAccountStack(stage, 'Roles', {
    stackName: `${stackName}TargetAccount`,
    settings,
    tags,
  });
  acknowledgeFindings(app, settings);
  addChecks(app);
  return { app, stack, targetAccount };
}
