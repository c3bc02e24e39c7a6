/**
 * The CDK app: one stack, for whatever account and region it is deployed to. `npx cdk deploy` runs it; so does
 * `npm run synth`, which needs neither credentials nor network.
 */
import { createCutoverApp } from './cutover-app.ts';
import { bundleFunctions } from './function-bundles.ts';

createCutoverApp({ bundlesFolder: bundleFunctions() }).app.synth();
