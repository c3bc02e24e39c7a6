/**
 * Services that are asked every question once: the plan and the picture taken of a fleet then rest on the same answers,
 * and 1,000 source servers are read in half the calls. What would change anything is refused before it is sent.
 */
import type { TargetServices } from '../../functions/accounts/target-services.ts';
import type { Ec2 } from '../../functions/domain/launch-target-port.ts';
import type { Mgn, MgnTarget } from '../../functions/domain/ports.ts';

/** A rehearsal was about to change something: a defect, found before anything was sent. */
export class WriteInRehearsalError extends Error {
  override readonly name = 'WriteInRehearsalError';

  constructor(operation: string) {
    super(`A rehearsal only reads, and was about to call ${operation}; nothing was sent.`);
  }
}

/** The services, each read of a target made once and its answer kept; a read that failed is made again. */
export function readOnce(services: TargetServices, onAnswer: () => void = () => undefined): TargetServices {
  const remembered = rememberer(onAnswer);
  const mgns = new Map<string, Mgn>();
  const ec2s = new Map<string, Ec2>();
  return {
    clientsOf: (target) => services.clientsOf(target),
    watchClients: (watch) => {
      services.watchClients(watch);
    },
    close: () => {
      services.close();
    },
    mgn: (target) => keptIn(mgns, target, () => rememberingMgn(services.mgn(target), remembered)),
    ec2: (target) => keptIn(ec2s, target, () => rememberingEc2(services.ec2(target), remembered)),
  };
}

function keptIn<Service>(kept: Map<string, Service>, target: MgnTarget, make: () => Service): Service {
  const key = JSON.stringify(target);
  const service = kept.get(key) ?? make();
  kept.set(key, service);
  return service;
}

function rememberingMgn(mgn: Mgn, remembered: Remember): Mgn {
  return {
    listWaves: remembered((waveIDs) => mgn.listWaves(waveIDs)),
    listApplications: remembered((filter) => mgn.listApplications(filter)),
    describeSourceServers: remembered((selection) => mgn.describeSourceServers(selection)),
    // Asked for by the moment it is asked at: the jobs of the first look are those of the picture.
    describeJobsSince: remembered(
      (fromMs) => mgn.describeJobsSince(fromMs),
      () => '',
    ),
    describeJobs: remembered((jobIDs) => mgn.describeJobs(jobIDs)),
    describeJobLog: remembered((jobID) => mgn.describeJobLog(jobID)),
    getLaunchConfiguration: remembered((sourceServerID) => mgn.getLaunchConfiguration(sourceServerID)),
    listSourceServerActions: remembered((sourceServerID) => mgn.listSourceServerActions(sourceServerID)),
    startCutover: refused('StartCutover'),
    terminateTargetInstances: refused('TerminateTargetInstances'),
    changeServerLifeCycleState: refused('ChangeServerLifeCycleState'),
    finalizeCutover: refused('FinalizeCutover'),
  };
}

function rememberingEc2(ec2: Ec2, remembered: Remember): Ec2 {
  const once = <Answer>(read: () => Promise<Answer>) => {
    const ask = remembered(read, () => '');
    return () => ask(undefined);
  };
  return {
    describeDefaultTemplateVersions: remembered((ids) => ec2.describeDefaultTemplateVersions(ids)),
    describeSubnets: remembered((ids) => ec2.describeSubnets(ids)),
    describeDefaultSubnets: once(() => ec2.describeDefaultSubnets()),
    describeSecurityGroups: remembered((ids) => ec2.describeSecurityGroups(ids)),
    describeSecurityGroupVpcAssociations: remembered((ids) => ec2.describeSecurityGroupVpcAssociations(ids)),
    describeVcpus: remembered((types) => ec2.describeVcpus(types)),
    readVcpuQuota: once(() => ec2.readVcpuQuota()),
  };
}

/** Makes a read that asks each question once. */
type Remember = <Asked, Answer>(
  read: (asked: Asked) => Promise<Answer>,
  keyOf?: (asked: Asked) => string,
) => (asked: Asked) => Promise<Answer>;

function rememberer(onAnswer: () => void): Remember {
  return (read, keyOf = questionOf) => {
    const answers = new Map<string, ReturnType<typeof read>>();
    return (asked) => {
      const key = keyOf(asked);
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = read(asked);
      answers.set(key, answer);
      answer.then(onAnswer, () => answers.delete(key));
      return answer;
    };
  };
}

/** The same IDs in another order are the same question. */
function questionOf(asked: unknown): string {
  return JSON.stringify(asked, (_key, member: unknown) => (Array.isArray(member) ? member.map(String).sort() : member));
}

function refused(operation: string): () => Promise<never> {
  return () => Promise.reject(new WriteInRehearsalError(operation));
}
