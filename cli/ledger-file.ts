/** The ledger of this machine: where it is, and what is wrong when it cannot be opened. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { openSqliteStore, type ClosableStore } from '../functions/ledger/sqlite-store.ts';
import { CommandError, messageOf } from './exit-code.ts';
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
 * Opens the ledger, and creates it when there is none.
 *
 * @throws CommandError when the file cannot be opened or is no ledger.
 */
export function openLedgerFile({ path, isDefault }: LedgerPath): ClosableStore {
  const refuse = (problem: string) => new CommandError(`--ledger: ${path} cannot be used: ${problem}.`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw refuse('it is a directory; name a file in it');
  }
  try {
    if (isDefault) mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw refuse(messageOf(error));
  }
  if (!existsSync(dirname(path))) throw refuse('its folder does not exist');
  try {
    return openSqliteStore(path);
  } catch (error) {
    throw refuse(`${messageOf(error)} (is it a ledger of mgn-cutover?)`);
  }
}
