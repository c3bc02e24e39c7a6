/** Reads a JSON file, or standard input for `-`, and says in one sentence what is wrong when it cannot. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandError, messageOf, systemCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';
import { plain } from './live/fit.ts';

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'reading it is not permitted',
  EISDIR: 'it is a directory',
};

/**
 * Reads the text of a file.
 *
 * @param what - what the file is to the command, such as `INPUT` or `--scenario`
 * @throws CommandError when it cannot be read.
 */
export async function readTextFile(what: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(
      `${what}: ${path} cannot be read: ${readProblems[systemCodeOf(error)] ?? messageOf(error)}.`,
    );
  }
}

/**
 * Reads and parses a JSON file; `-` is standard input.
 *
 * @throws CommandError when it cannot be read or is not JSON, with line and column where the parser knows them.
 */
export async function readJson(what: string, path: string, io: Pick<Io, 'stdin'>): Promise<unknown> {
  const content = path === '-' ? await text(io.stdin) : await readTextFile(what, path);
  const name = path === '-' ? 'standard input' : path;
  if (content.trim() === '') throw new CommandError(`${what}: ${name} is empty; expected a JSON document.`);
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new CommandError(`${what}: ${name} is not JSON: ${plain(messageOf(error))}.`);
  }
}
