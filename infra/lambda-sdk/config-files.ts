/**
 * In place of `@smithy/shared-ini-file-loader` in the bundles: a function has no `~/.aws/config`, so none is looked for. What
 * the SDK's clients are told, they are told by the environment.
 */

/** What joins the parts of a section's name in such a file. */
export const CONFIG_PREFIX_SEPARATOR = '.';

/** The profile that would be read. */
export const getProfileName = (): string => 'default';

/** Both files, empty. */
export const loadSharedConfigFiles = () => Promise.resolve({ configFile: {}, credentialsFile: {} });
