/** Several who hear of one run. */
import type { Progress } from '../live/progress.ts';

/** One progress that passes on to each of them, in that order, what it hears. */
export function together(...audience: readonly Progress[]): Progress {
  const each = (tell: (progress: Progress) => void) => {
    for (const progress of audience) tell(progress);
  };
  return {
    begin: (header, at) => {
      each((progress) => {
        progress.begin(header, at);
      });
    },
    server: (record, at, wave) => {
      each((progress) => {
        progress.server(record, at, wave);
      });
    },
    run: (record, at, wave) => {
      each((progress) => {
        progress.run(record, at, wave);
      });
    },
    heard: (at) => {
      each((progress) => {
        progress.heard(at);
      });
    },
    waves: (records, at) => {
      each((progress) => {
        progress.waves(records, at);
      });
    },
    execution: (news, at) => {
      each((progress) => {
        progress.execution(news, at);
      });
    },
    waiting: (lines, at) => {
      each((progress) => {
        progress.waiting(lines, at);
      });
    },
    remark: (sentence, at) => {
      each((progress) => {
        progress.remark(sentence, at);
      });
    },
    end: (at) => {
      each((progress) => {
        progress.end(at);
      });
    },
  };
}
