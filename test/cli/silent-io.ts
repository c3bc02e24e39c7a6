/** A process that nobody listens to. */
import { Readable, Writable } from 'node:stream';
import type { Io } from '../../cli/io.ts';

const nowhere = () =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });

/** Its streams swallow what is written. */
export const silentIo = (): Io => ({
  stdout: nowhere(),
  stderr: nowhere(),
  stdin: Readable.from(['']),
  isTerminal: false,
  isAnswerable: false,
  env: {},
  onInterrupt: () => () => undefined,
});
