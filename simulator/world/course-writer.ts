/** Puts down one server's course through a job, phase by phase, and keeps the moment it has come to. */
import type { LaunchStatus } from '@aws-sdk/client-mgn';

import { seededRandom } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import type { JobEvent, JobLogLine, LaunchStatusStep, PostLaunchRun } from './job-record.ts';
import type { SourceServerRecord, TimedChange } from './source-server-record.ts';
import type { World } from './world.ts';

/** One server's course through a job. `endMs` is Infinity for one that is stuck. */
export interface ServerCourse {
  readonly log: readonly JobLogLine[];
  readonly steps: readonly LaunchStatusStep[];
  readonly changes: readonly TimedChange[];
  readonly endMs: number;
  readonly postLaunch: PostLaunchRun | undefined;
}

/** Pause between two phases, as observed (`mgn.md` D.3). */
const gapMs = 1000;

/** Log lines, launch statuses and changes of one server, each with its moment in epoch milliseconds. */
export class CourseWriter {
  /** The moment the course has come to. */
  nowMs: number;
  private readonly log: JobLogLine[] = [];
  private readonly steps: LaunchStatusStep[];
  private readonly changes: TimedChange[] = [];
  private readonly sourceServerID: string;
  private readonly variation: number;
  private readonly random: Random;

  /** Begins with PENDING at the job's creation, and at the first phase after the job's start. */
  constructor(
    world: World,
    server: SourceServerRecord,
    job: { readonly jobID: string; readonly creationMs: number; readonly startedMs: number },
    variation: number,
  ) {
    this.sourceServerID = server.sourceServerID;
    this.variation = variation;
    this.random = seededRandom(world.seed, `course/${job.jobID}/${server.sourceServerID}`);
    this.nowMs = job.startedMs + gapMs;
    this.steps = [{ atMs: job.creationMs, launchStatus: 'PENDING', launchedEc2InstanceID: undefined }];
  }

  /** Lets a phase pass; it takes `seconds` give or take the variation, in whole milliseconds. */
  pass(seconds: number): void {
    this.nowMs += Math.round(seconds * 1000 * (1 + this.variation * (2 * this.random() - 1)));
  }

  /** Lets the pause between two phases pass. */
  gap(): void {
    this.nowMs += gapMs;
  }

  /** Writes a line into the job's log. */
  line(event: JobEvent, eventData: JobLogLine['eventData'] = {}): void {
    this.log.push({ atMs: this.nowMs, event, eventData: { sourceServerID: this.sourceServerID, ...eventData } });
  }

  /** Sets the server's launch status. */
  status(launchStatus: LaunchStatus, launchedEc2InstanceID?: string): void {
    this.steps.push({ atMs: this.nowMs, launchStatus, launchedEc2InstanceID });
  }

  /** Changes the server itself. */
  change(apply: TimedChange['apply']): void {
    this.changes.push({ atMs: this.nowMs, origin: 'job', apply });
  }

  /** The whole course; the server's part in the job ends at `endMs`. */
  course(endMs: number, postLaunch?: PostLaunchRun): ServerCourse {
    return { log: this.log, steps: this.steps, changes: this.changes, endMs, postLaunch };
  }
}
