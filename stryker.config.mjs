/** Mutation testing of the pure rules; docs/reliability/mutation.md says how to run it and what came of it. */
export default {
  mutate: ['functions/domain/**/*.ts'],
  plugins: ['./test/mutation/in-process-runner.ts', './test/mutation/leave-out-wording.ts'],
  testRunner: 'in-process',
  coverageAnalysis: 'perTest',
  ignorers: ['wording'],
  ignorePatterns: ['cdk.out', '/coverage', 'reports'],
  concurrency: 2,
  maxTestRunnerReuse: 200,
  timeoutMS: 10_000,
  disableTypeChecks: false,
  thresholds: { high: 97, low: 95, break: 95 },
  reporters: ['clear-text', 'json', 'html', 'progress-append-only'],
  clearTextReporter: { reportTests: false, allowColor: false },
};
