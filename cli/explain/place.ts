/** Where an explanation comes from: the ledger of this machine or of a stack, and MGN where it can be reached. */
import type { TargetServices } from '../../functions/accounts/target-services.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import { realTime } from '../../local/virtual-time.ts';
import { CommandError } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { openKnownLedger } from '../ledger-file.ts';
import { createLiveServices } from '../live-services.ts';
import { assertRegion, hasCredentials, parseEndpoint } from '../reach.ts';
import { shellWord } from '../shell-word.ts';
import type { Stack } from '../stack/stack-world.ts';
import type { OpenWorld, Session } from '../world.ts';
import { regionOfArn } from './mgn-now.ts';

/** The flags that say where. */
export interface ExplainPlaceFlags {
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly ledger?: string | undefined;
}

/** Where an explanation comes from, while it is made. */
export interface ExplainPlace {
  readonly store: LedgerStore;
  /** The ledger, in words. */
  readonly ledgerPath: string;
  readonly stack?: Stack | undefined;
  readonly endpoint?: string | undefined;
  readonly time: Session['time'];
  /** The flags that lead to the ledger, and for a source server of this ARN to MGN. */
  flagsOf(arn: string | undefined, endpoint: string | undefined): string;
  /** What MGN is read with, or why it is not. */
  servicesFor(
    arn: string,
    endpoint: string | undefined,
  ): { readonly services: TargetServices } | { readonly why: string };
}

/**
 * Opens the place, works, and closes it.
 *
 * @throws CommandError when the flags contradict each other, or the ledger or the stack cannot be read.
 */
export function atPlace<Result>(
  flags: ExplainPlaceFlags,
  io: Io,
  openWorld: OpenWorld,
  work: (place: ExplainPlace) => Promise<Result>,
): Promise<Result> {
  const { stack, endpoint, ledger, region } = flags;
  if (region !== undefined) assertRegion(region);
  if (endpoint !== undefined) parseEndpoint(endpoint);
  if (stack === undefined) return here(flags, io, work);
  if (endpoint !== undefined || ledger !== undefined) {
    throw new CommandError('--stack does not go with --endpoint or --ledger: the stack has its own.');
  }
  return onStack({ ...flags, stack }, io, openWorld, work);
}

async function onStack<Result>(
  { stack, region }: ExplainPlaceFlags,
  io: Io,
  openWorld: OpenWorld,
  work: (place: ExplainPlace) => Promise<Result>,
): Promise<Result> {
  const world = await openWorld({ stack, region }, { ledger: 'existing' }, io);
  try {
    return await world.within(({ services, time }) =>
      work({
        store: world.store,
        ledgerPath: world.ledgerPath ?? world.label,
        stack: world.stack,
        time,
        flagsOf: () => world.flags,
        servicesFor: () => ({ services }),
      }),
    );
  } finally {
    world.close();
  }
}

async function here<Result>(
  { ledger, region, endpoint: given }: ExplainPlaceFlags,
  io: Io,
  work: (place: ExplainPlace) => Promise<Result>,
): Promise<Result> {
  const { store, path } = openKnownLedger(ledger, io.env);
  const opened: TargetServices[] = [];
  const flagsOf: ExplainPlace['flagsOf'] = (arn, endpoint) => {
    const place = region ?? (arn === undefined ? undefined : regionOfArn(arn));
    return [
      ...(endpoint === undefined ? [] : [`--endpoint ${shellWord(endpoint)}`]),
      ...(place === undefined ? [] : [`--region ${shellWord(place)}`]),
      ...(ledger === undefined ? [] : [`--ledger ${shellWord(ledger)}`]),
    ].join(' ');
  };
  const servicesFor: ExplainPlace['servicesFor'] = (arn, endpoint) => {
    const home = region ?? regionOfArn(arn);
    const isAsked = region !== undefined || endpoint !== undefined;
    if (home === undefined) return { why: 'the ledger names no region; say which with --region' };
    // Without a word about where, a person may only want what the ledger says, and must not wait for a sign-in.
    if (!isAsked && !hasCredentials(io.env))
      return {
        why: `the environment names no AWS credentials; sign in, or add --region ${shellWord(home)} to try all the same`,
      };
    const services = createLiveServices(
      { region: home, endpoint, env: io.env },
      { connectionTimeout: 3_000, requestTimeout: 10_000 },
    );
    opened.push(services);
    return { services };
  };
  try {
    return await work({ store, ledgerPath: path, endpoint: given, time: realTime, flagsOf, servicesFor });
  } finally {
    for (const services of opened) services.close();
    store.close();
  }
}
