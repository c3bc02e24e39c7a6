/** The ledger of this machine: where it is, and what is wrong when it cannot be opened. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteReader, openSqliteStore, type ClosableStore } from '../functions/ledger/sqlite-store.ts';
import { CommandError, messageOf, systemCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';

/** Where the ledger is unless `--ledger` says otherwise: in the user's state folder (XDG base directories). */
export function defaultLedgerPath(env: Io['env']): string {
  const stateFolder = env['XDG_STATE_HOME'] ?? '';
  return join(stateFolder === '' ? join(homedir(), '.local', 'state') : stateFolder, 'mgn-cutover', 'ledger.sqlite');
}

/** A ledger path that was chosen: named by a person, or the default whose folder is made when it is missing. */
export interface LedgerPath {
  readonly path: string;
  readonly isDefault: boolean;
}

/** The path `--ledger` names, or the default. */
export function ledgerPathOf(flag: string | undefined, env: Io['env']): LedgerPath {
  return flag === undefined ? { path: defaultLedgerPath(env), isDefault: true } : { path: flag, isDefault: false };
}

/** Whether there is a ledger. */
export function hasLedger({ path }: LedgerPath): boolean {
  return existsSync(path);
}

/**
 * Opens the ledger, and creates it when there is none; to `read` it, nothing is made and nothing written.
 *
 * @throws CommandError when the file cannot be opened or is no ledger.
 */
export function openLedgerFile({ path, isDefault }: LedgerPath, purpose: 'write' | 'read' = 'write'): ClosableStore {
  const refuse = (problem: string) => new CommandError(`--ledger: ${path} cannot be used: ${problem}.`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw refuse('it is a directory; name a file in it');
  }
  try {
    if (isDefault && purpose === 'write') mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw refuse(messageOf(error));
  }
  if (!existsSync(dirname(path))) throw refuse('its folder does not exist');
  try {
    if (existsSync(path) && isOfAnotherProgram(path, purpose)) throw refuse('it is a database of another program');
    return purpose === 'read' ? openSqliteReader(path) : openSqliteStore(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw refuse(problemOf(error));
  }
}

/**
 * Opens a ledger that is there already, for a verb that only looks.
 *
 * @throws CommandError when there is none, it is that of a stack, or it cannot be opened.
 */
export function openKnownLedger(
  flag: string | undefined,
  env: Io['env'],
): { readonly store: ClosableStore; readonly path: string } {
  if (flag?.startsWith('stack:') === true) {
    throw new CommandError(`--ledger: for the runs of a stack say --stack ${flag.slice('stack:'.length)}.`);
  }
  const ledgerPath = ledgerPathOf(flag, env);
  if (!hasLedger(ledgerPath)) {
    throw new CommandError(`--ledger: there is no ledger at ${ledgerPath.path}; nothing was run from it.`);
  }
  return { store: openLedgerFile(ledgerPath, 'read'), path: ledgerPath.path };
}

const openProblems: Readonly<Record<string, string>> = {
  EACCES: 'reading and writing it is not permitted',
  EROFS: 'it is on a file system that cannot be written',
  ELOOP: 'it is a symbolic link that leads back to itself',
};

function problemOf(error: unknown): string {
  const message = messageOf(error);
  if (message.includes('locked')) return 'another process has kept it locked all the while';
  return openProblems[systemCodeOf(error)] ?? `${message} (is it a ledger of mgn-cutover?)`;
}

/** A read comes first: to open a ledger writes to its file, and what is not ours stays as it is. */
function isOfAnotherProgram(path: string, purpose: 'write' | 'read'): boolean {
  accessSync(path, purpose === 'read' ? constants.R_OK : constants.R_OK | constants.W_OK);
  const database = new DatabaseSync(path, { readOnly: true, timeout: lockedMsMax });
  try {
    const columns = database.prepare("SELECT name FROM pragma_table_info('ledger')").all();
    if (columns.length > 0) return columns.map(({ name }) => name).join() !== 'partition,sort,version,value';
    return database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined;
  } finally {
    database.close();
  }
}

/** How long to wait for a process that keeps the file to itself, in milliseconds. */
const lockedMsMax = 10_000;
