/** The program of `npm run conformance:aws`: gives the process to {@link main}. */
import { main } from './program.ts';

const stopper = new AbortController();
process.once('SIGINT', () => {
  stopper.abort();
});

process.exitCode = await main(process.argv.slice(2), {
  say: (line) => {
    process.stdout.write(`${line}\n`);
  },
  env: process.env,
  now: () => new Date(),
  signal: stopper.signal,
  patience: { pollMs: 3_000, patienceMs: 600_000 },
});
