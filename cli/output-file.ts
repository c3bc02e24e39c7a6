/** Files that a command writes: proven writable before anything is started, and never left half written. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { CommandError, exitCodes, messageOf, systemCodeOf } from './exit-code.ts';

const writeProblems: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is not a folder',
  EACCES: 'writing there is not permitted',
  EROFS: 'the file system is read-only',
};

/**
 * Makes sure that a file can be written at `path`, by writing one beside it.
 *
 * @param what - the flag that named the file
 * @throws CommandError when it cannot.
 */
export async function assertWritable(what: string, path: string): Promise<void> {
  const refuse = (problem: string) => new CommandError(`${what}: ${path} cannot be written: ${problem}.`);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) throw refuse('it is a directory');
  const probe = besides(path);
  try {
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    throw refuse(writeProblems[systemCodeOf(error)] ?? messageOf(error));
  }
}

/**
 * Writes the file as a whole or not at all.
 *
 * @param what - the flag that named the file
 * @throws CommandError that asks for a person: by now there is something to tell and nowhere to put it.
 */
export async function writeWhole(path: string, content: string, what = '--output'): Promise<void> {
  const temporary = besides(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new CommandError(`${what}: ${path} could not be written: ${messageOf(error)}.`, exitCodes.person);
  }
}

function besides(path: string): string {
  return `${path}.${randomUUID().slice(0, 8)}.tmp`;
}
