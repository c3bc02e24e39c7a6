/** What a test launch left is gone before the cutover starts, where the input asks for that: afterwards it cannot be told apart. */
import type { Write } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { nameOf } from './explanations.ts';
import { AskedEarlier, runBehind } from './sender-run.ts';

/** Watches that test instances are terminated first, or that this was tried. */
export function testInstances(): Checker {
  const earlier = new AskedEarlier();
  return {
    name: 'test-instances',
    onWrite: (write, scene) => {
      if (write.operation === 'StartCutover') earlier.ask(leftOver(write, scene));
      return [];
    },
    afterStep: () => earlier.answers(),
    atEnd: () => earlier.answers(),
  };
}

async function leftOver(write: Write, scene: Scene): Promise<string[]> {
  const sender = await runBehind(write, scene);
  if (sender?.run.input.options.terminateTestInstances !== true) return [];
  const { run, named } = sender;
  return named
    .filter(({ testInstance }) => testInstance !== undefined && testInstance.terminateJobID === undefined)
    .map((record) => `${nameOf(record)} is started by run ${run.runID} with its test instance still there`);
}
