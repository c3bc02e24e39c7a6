/** The source servers of a run that a person names, and how they are named to a person. */
import type { RunID } from '../functions/domain/identifiers.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { CommandError } from './exit-code.ts';
import { serverName } from './live/server-words.ts';

/**
 * The servers a person named by ID or host name, or all of the run.
 *
 * @throws CommandError when a name is nobody's, or of several.
 */
export function askedFor(
  servers: readonly ServerRecord[],
  named: readonly string[] | undefined,
  runID: RunID,
): ServerRecord[] {
  if (named === undefined) return [...servers];
  return named.map((name) => {
    const matches = servers.filter(({ sourceServerID, hostname }) => sourceServerID === name || hostname === name);
    const [server] = matches;
    if (server === undefined) {
      throw new CommandError(`--server: ${name} is not part of run ${runID}; it has ${namesOf(servers)}.`);
    }
    if (matches.length > 1) {
      throw new CommandError(`--server: ${name} is the host name of several source servers; use an ID.`);
    }
    return server;
  });
}

const namesMax = 10;

/** The servers by host name and ID, ten at most. */
export function namesOf(servers: readonly ServerRecord[]): string {
  const shown = servers.slice(0, namesMax).map((server) => `${serverName(server)} (${server.sourceServerID})`);
  const hidden = servers.length - shown.length;
  return `${shown.join(', ')}${hidden === 0 ? '' : ` and ${String(hidden)} more`}`;
}
