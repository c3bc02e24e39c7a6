/**
 * Bundles every function with esbuild, all in one go, into a folder of its own each: `index.js` (CommonJS,
 * minified, the SDK included) and its source map. The same sources always give the same bytes, so an unchanged function
 * is not deployed again.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { steps } from './steps.ts';

const root = path.join(import.meta.dirname, '..');

/** The functions outside the state machines: by name, their files under `functions/watch/`, without `.ts`. */
const watchers: Readonly<Record<string, string>> = { ReportRun: 'report-run', WatchRuns: 'watch-runs' };

/** What a function never needs of the SDK is a quarter of a bundle: modules by what stands in for them. */
const inPlaceOf = {
  '@aws-sdk/credential-provider-node': path.join(root, 'functions/shared/lambda-credentials.ts'),
  '@aws-sdk/middleware-endpoint-discovery': path.join(root, 'infra/lambda-sdk/endpoint-discovery.ts'),
  '@aws-sdk/middleware-logger': path.join(root, 'infra/lambda-sdk/request-logging.ts'),
  '@aws-sdk/middleware-recursion-detection': path.join(root, 'infra/lambda-sdk/recursion-detection.ts'),
  '@aws-sdk/util-endpoints': path.join(root, 'infra/lambda-sdk/partitions.ts'),
  '@aws-sdk/util-user-agent-node': path.join(root, 'infra/lambda-sdk/user-agent.ts'),
  '@aws/lambda-invoke-store': path.join(root, 'infra/lambda-sdk/invoke-store.ts'),
  '@smithy/shared-ini-file-loader': path.join(root, 'infra/lambda-sdk/config-files.ts'),
  valibot: path.join(root, 'infra/lambda-sdk/valibot.ts'),
  '@smithy/util-defaults-mode-node': path.join(root, 'infra/lambda-sdk/defaults-mode.ts'),
  uuid: path.join(root, 'infra/lambda-sdk/uuid.ts'),
};

/** Every function's name with its file. */
const entryFiles: readonly (readonly [string, string])[] = [
  ...Object.entries(steps).map(([name, { handlerFile }]) => [name, `functions/handlers/${handlerFile}.ts`] as const),
  ...Object.entries(watchers).map(([name, file]) => [name, `functions/watch/${file}.ts`] as const),
];

/** The names of all functions that are bundled. */
export const functionNames: readonly string[] = entryFiles.map(([name]) => name);

/**
 * Bundles the functions and answers with the folder that holds a folder for each, by the function's name.
 *
 * @throws BuildFailure of esbuild, with the places in the sources, when one cannot be bundled.
 */
export function bundleFunctions(): string {
  const folder = path.join(root, 'node_modules/.cache/functions');
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: entryFiles.map(([name, file]) => ({ in: file, out: `${name}/index` })),
    outdir: folder,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: inPlaceOf,
    sourcemap: true,
    sourcesContent: false,
    write: false,
  });
  for (const file of outputFiles) replaceIfOther(file.path, file.contents);
  return folder;
}

/** In one step, because another process may be reading the folder or bundling the same sources. */
function replaceIfOther(file: string, contents: Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
}
