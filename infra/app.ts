/**
 * The CDK app: one stack, for whatever account and region it is deployed to. `npx cdk deploy` runs it; so does
 * `npm run synth`, which needs neither credentials nor network.
 */
import { App } from 'aws-cdk-lib';
import { CutoverStack } from './cutover-stack.ts';
import { bundleFunctions } from './function-bundles.ts';
import { readSettings } from './settings.ts';

const app = new App({ analyticsReporting: false });
new CutoverStack(app, 'MgnCutover', { bundlesFolder: bundleFunctions(), settings: readSettings(app.node) });
app.synth();
