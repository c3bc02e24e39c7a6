/** Tests that need moto: skipped, and said to be so in a line, where it is absent. Where it is present, it has to work. */
import { hasMoto, motoIsAbsent } from './moto.ts';

/** `describe`, skipped without moto. */
export function describeWithMoto(title: string, body: () => void): void {
  if (hasMoto()) {
    describe(title, body);
    return;
  }
  process.stderr.write(`${title}: ${motoIsAbsent}\n`);
  describe.skip(title, body);
}
