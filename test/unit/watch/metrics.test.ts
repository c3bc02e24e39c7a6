import * as v from 'valibot';
import { createMetrics } from '../../../functions/watch/metrics.ts';

/** What CloudWatch makes of one line of the log. */
const LineSchema = v.looseObject({
  _aws: v.object({
    Timestamp: v.number(),
    CloudWatchMetrics: v.tuple([
      v.object({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.strictObject({ Name: v.string(), Unit: v.string() })),
      }),
    ]),
  }),
});

const linesOf = (write: () => void) => {
  const lines: string[] = [];
  const writing = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  try {
    write();
  } finally {
    writing.mockRestore();
  }
  const text = lines.join('').trim();
  return text.split('\n').map((line) => v.parse(LineSchema, JSON.parse(line)));
};

describe('createMetrics', () => {
  it('writes the values of one moment in one line, under the stack’s name and nothing else', () => {
    const emit = createMetrics('MgnCutover-blue');

    const [line, ...more] = linesOf(() => {
      emit({ OpenRuns: 0, StalledRuns: 2 });
    });

    expect(more).toEqual([]);
    expect(line?._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'MgnCutover',
        Dimensions: [['Stack']],
        Metrics: [
          { Name: 'OpenRuns', Unit: 'Count' },
          { Name: 'StalledRuns', Unit: 'Count' },
        ],
      },
    ]);
    expect(line).toMatchObject({ Stack: 'MgnCutover-blue', OpenRuns: 0, StalledRuns: 2 });
    expect(Object.keys(line ?? {}).sort()).toEqual(['OpenRuns', 'Stack', 'StalledRuns', '_aws']);
  });

  it('keeps what was written before to itself', () => {
    const emit = createMetrics('MgnCutover');

    const lines = linesOf(() => {
      emit({ OpenRuns: 3 });
      emit({ CutoverLaunchFailures: 1 });
    });

    expect(lines).toEqual([expect.objectContaining({ OpenRuns: 3 }), expect.not.objectContaining({ OpenRuns: 3 })]);
  });
});
