/**
 * Credentials as Lambda gives them: in the environment, and nowhere else. The bundles hold this in place of
 * `@aws-sdk/credential-provider-node`, whose other sources (profiles, single sign-on, STS and its XML parser) are a
 * third of a bundle and nothing that a function may use.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

/** What the SDK's clients ask for when they are given no credentials. */
export const defaultProvider = () => fromEnv();
