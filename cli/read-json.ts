/** Reads a JSON file, or standard input for `-`, and says in one sentence what is wrong when it cannot. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { shownText } from '../functions/domain/shown-text.ts';
import { readBounded } from './bounded-read.ts';
import { CommandError, messageOf, systemCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';
import { structureProblem } from './json-structure.ts';

/** Largest input of a run or a migration, in bytes; one that names 1,000 source servers has a fortieth of it. */
const inputBytesMax = 1_048_576;
/** Largest file of any other kind, in bytes; a scenario of 10,000 source servers, each with much to say, fits in. */
const fileBytesMax = 33_554_432;

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file, as a part of its path is no folder',
  EACCES: 'reading it is not permitted',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link that leads back to itself',
  ENAMETOOLONG: 'its name is too long',
};

/**
 * Reads and parses a JSON file; `-` is standard input.
 *
 * @param what - what the file is to the command, such as `INPUT` or `--scenario`
 * @param bytesMax - the most that is read
 * @throws CommandError when it cannot be read, is too large or is not JSON, with line and column where the parser knows
 *   them, or has a key twice.
 */
export async function readJson(
  what: string,
  path: string,
  io: Pick<Io, 'stdin'>,
  bytesMax = fileBytesMax,
): Promise<unknown> {
  const refuse = (problem: string) =>
    new CommandError(`${what}: ${path === '-' ? 'standard input' : shownText(path, 1_000)} ${problem}.`);
  const bytes = await readBytes(path === '-' ? io.stdin : path, bytesMax, refuse);
  if (bytes === undefined) throw refuse(`is larger than ${sizeWords(bytesMax)}, the most that is read`);
  const content = textOf(bytes);
  if (content === undefined) throw refuse('is not text in UTF-8; save it in that encoding');
  if (content.trim() === '') throw refuse('is empty; expected a JSON document');
  const value = parse(content, refuse);
  const problem = structureProblem(content);
  if (problem !== undefined) throw refuse(shownText(problem, 600));
  return value;
}

async function readBytes(
  source: NodeJS.ReadableStream | string,
  bytesMax: number,
  refuse: (problem: string) => CommandError,
): Promise<Buffer | undefined> {
  try {
    return await readBounded(typeof source === 'string' ? createReadStream(source) : source, bytesMax);
  } catch (error) {
    throw refuse(`cannot be read: ${readProblems[systemCodeOf(error)] ?? shownText(messageOf(error))}`);
  }
}

/** The text, without the mark that some editors begin it with; undefined where it is in another encoding. */
function textOf(bytes: Buffer): string | undefined {
  // UTF-16 of ASCII is UTF-8 too, with a NUL in every second place, which JSON never holds.
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  return new TextDecoder('utf-8').decode(bytes);
}

function parse(content: string, refuse: (problem: string) => CommandError): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw refuse(`is not JSON: ${shownText(messageOf(error))}`);
  }
}

/**
 * Reads the input of a run or a migration, the INPUT of a command line.
 *
 * @throws CommandError as `readJson` does.
 */
export function readInput(path: string, io: Pick<Io, 'stdin'>): Promise<unknown> {
  return readJson('INPUT', path, io, inputBytesMax);
}

function sizeWords(bytes: number): string {
  return `${String(Math.round(bytes / 1_048_576))} MiB`;
}
