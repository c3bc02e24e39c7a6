/**
 * MGN and EC2 wherever runs act: in the account and region of whoever calls, in other regions, and in other accounts by
 * assuming a role there. Clients and sessions are made once and kept, so that a warm function makes none.
 */
import type { Ec2 } from '../domain/launch-target-port.ts';
import type { Mgn, MgnTarget } from '../domain/ports.ts';
import { roleArnOf, viewedAccountID } from '../domain/target.ts';
import { createEc2, type Ec2Endpoints } from '../ec2/ec2-adapter.ts';
import { createMgn, type MgnClients } from '../mgn/mgn-adapter.ts';
import type { Sender } from '../shared/signed-request.ts';
import { createRoleSessions } from './role-sessions.ts';

/** Clients that are kept; each run in another account has its own, and a warm function may serve any number of them. */
const clientsKeptMax = 100;

/** What the services are reached with. */
export interface TargetServicesConfig {
  /** Who calls, from which region; roles are assumed as that caller. */
  readonly home: Sender;
  /** Makes MGN's clients for a region, with these credentials or, without any, with the caller's own. */
  readonly createClients: (region: string, credentials: Sender['credentials'] | undefined) => MgnClients;
  /** Where the services are when they are not AWS's own. */
  readonly endpoints?: TargetEndpoints;
  /** What a session is called that is of no run; the function's name, where there is one. */
  readonly sessionName?: string | undefined;
}

/** Where the services are when they are not AWS's own. */
export interface TargetEndpoints extends Ec2Endpoints {
  readonly sts?: string | undefined;
}

/** The services of every target. */
export interface TargetServices {
  /** MGN at the target. Its calls throw AccessDeniedError where the target's role may not be assumed. */
  mgn(target: MgnTarget): Mgn;
  /** EC2 at the target, which knows no global view: without a role it is that of the caller's own account. */
  ec2(target: MgnTarget): Ec2;
  /** The clients of MGN at the target; the caller's own for an empty one. */
  clientsOf(target: MgnTarget): MgnClients;
  /** Shows `watch` the clients of every target, those that are made later included. */
  watchClients(watch: (clients: MgnClients) => void): void;
  /** Ends all connections. */
  close(): void;
}

/** The services, none of which is asked for anything before it is used. */
export function createTargetServices(config: TargetServicesConfig): TargetServices {
  const { home, createClients, endpoints = {}, sessionName = 'mgn-cutover' } = config;
  const sessions = createRoleSessions(home, endpoints.sts);
  const made = new Map<string, MgnClients>();
  const watchers = new Set<(clients: MgnClients) => void>();
  const placeOf = (target: MgnTarget) => {
    const region = target.region ?? home.region;
    const roleArn = roleArnOf(target);
    const name = target.runID === undefined ? sessionName : `mgn-cutover-${target.runID}`;
    const credentials = roleArn === undefined ? undefined : () => sessions.credentialsOf(roleArn, name);
    return { region, credentials, key: roleArn === undefined ? region : `${region} ${roleArn} ${name}` };
  };
  const clientsOf = (target: MgnTarget): MgnClients => {
    const { region, credentials, key } = placeOf(target);
    const known = made.get(key);
    if (known !== undefined) return known;
    const clients = createClients(region, credentials);
    made.set(key, clients);
    const [oldest] = made.keys();
    if (made.size > clientsKeptMax && oldest !== undefined) made.delete(oldest);
    for (const watch of watchers) watch(clients);
    return clients;
  };
  return {
    clientsOf,
    watchClients: (watch) => {
      watchers.add(watch);
      for (const clients of made.values()) watch(clients);
    },
    mgn: (target) => createMgn(clientsOf(target), { accountID: viewedAccountID(target) }),
    ec2: (target) => {
      const { region, credentials = home.credentials } = placeOf(target);
      return createEc2({ ...home, region, credentials }, endpoints);
    },
    close: () => {
      for (const { reader, writer } of made.values()) {
        reader.destroy();
        writer.destroy();
      }
    },
  };
}
