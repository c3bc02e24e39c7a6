/** What is told of a run while it runs, whoever listens: a person, a file, another program. */
import type { WaveRecord } from '../../functions/domain/migration-record.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';

/** What a run is, for those who watch it. */
export interface RunHeader {
  readonly name: string;
  readonly kind: 'migration' | 'cutover' | 'rollback' | 'commit';
  /** What is worked on, in words. */
  readonly target: string;
  /** The world it happens in, in words. */
  readonly place: string;
  readonly isRehearsal: boolean;
  /** The flags that lead to this world, for commands that a person may paste. */
  readonly flags?: string | undefined;
  /** Whether the work goes on without this process, so that a watcher may go away. */
  readonly isDetachable?: boolean | undefined;
}

/** News of an execution: it began or ended, or one of its steps failed for now. */
export type ExecutionNews =
  | { readonly status: 'RUNNING'; readonly machine: string; readonly execution: string }
  | {
      readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
      readonly machine: string;
      readonly execution: string;
      readonly error?: string | undefined;
      readonly message?: string | undefined;
    }
  | {
      readonly status: 'STEP_FAILED';
      readonly machine: string;
      readonly execution: string;
      readonly step: string;
      /** 1 for the first attempt. */
      readonly attempt: number;
      readonly error: string;
      readonly message: string;
    };

/** Hears of a run; `at` is epoch milliseconds of the run's time. Implementations never throw. */
export interface Progress {
  begin(header: RunHeader, at: number): void;
  /** A source server's record was written, changed or not; `wave` names its wave where there are many. */
  server(record: ServerRecord, at: number, wave?: string): void;
  /** A run's record was written, changed or not; `wave` names its wave where there are many. */
  run(record: RunRecord, at: number, wave?: string): void;
  /** A step of the work has just gone well, so that what is known is as new as that, changed or not. */
  heard(at: number): void;
  /** How far the waves of a migration are, changed or not. */
  waves(records: readonly WaveRecord[], at: number): void;
  execution(news: ExecutionNews, at: number): void;
  /** What the run waits for, with the commands that end the waiting; no line once it waits no more. */
  waiting(lines: readonly string[], at: number): void;
  /** A sentence for a person. */
  remark(sentence: string, at: number): void;
  /** The last word; a screen is left as it is. */
  end(at: number): void;
}
