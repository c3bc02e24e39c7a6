/** Who said what: the start's approval, commits and the rollbacks somebody asked for. */
import type { FullReport } from '../../cli/full-report.ts';
import type { GateReport } from '../../functions/domain/report.ts';
import type { Clock } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, joined, type Html, type Insert } from '../html.ts';
import { nameOf } from '../verdict-words.ts';
import { counted, identifier, section, table } from './section.ts';

/** Source servers of a commit are named up to this many. */
const namedMax = 12;

/** The section. */
export function approvalsSection({ report, clock }: ReportContext): Html {
  const rows = [
    ...(report.run.gates ?? []).map((gate) => ({ at: gate.openedAt, cells: gateCells(gate, clock) })),
    ...commitRows(report, clock),
    ...rollbackRows(report, clock),
  ].toSorted((one, other) => (one.at < other.at ? -1 : 1));
  const proof = html`<p class="note">
    The person is who the command said it was for. The proof is in CloudTrail: the <code>StartExecution</code> event of
    the execution named here, whose <code>userIdentity</code> is the answer of <code>sts:GetCallerIdentity</code> for
    the same credentials.
  </p>`;
  return section(
    'approvals',
    'Approvals',
    rows.length === 0
      ? html`<p>Nobody was asked, and nobody asked for anything: ${startWords(report)}.</p>`
      : [
          table(
            'What people said',
            ['What', 'When', 'Person', 'Execution', 'About'],
            rows.map(({ cells }) => cells),
          ),
          proof,
        ],
  );
}

function startWords({ run, world }: FullReport): string {
  if (world.isRehearsal) return 'a rehearsal needs no approval';
  return run.options.start === 'now' ? 'options.start is "now"' : 'the run has not come to its start';
}

function gateCells({ gate, openedAt, closesAt, answer }: GateReport, clock: Clock): Insert[] {
  if (gate === 'COMMIT') {
    return ['Waited for a commit', clock.long(openedAt), '–', '–', `until ${clock.long(closesAt)} at most`];
  }
  if (answer === undefined) {
    return ['Start: no answer', clock.long(openedAt), '–', '–', `asked until ${clock.long(closesAt)}`];
  }
  const word = answer.approved ? '✓ Start approved' : '✗ Start refused';
  return [
    word,
    clock.long(answer.at),
    answer.person ?? 'not given',
    identifier(answer.by),
    `asked at ${clock.long(openedAt)}`,
  ];
}

function commitRows({ run, servers }: FullReport, clock: Clock) {
  const names = new Map<string, string>(servers.map((server) => [server.sourceServerID, nameOf(server)]));
  return (run.commits ?? []).map(({ executionID, askedAt, sourceServerIDs, person }) => {
    const named = sourceServerIDs.slice(0, namedMax).map((id) => html`${names.get(id) ?? id}`);
    const rest = sourceServerIDs.length > namedMax ? ` and ${String(sourceServerIDs.length - namedMax)} more` : '';
    const about = html`${counted(sourceServerIDs.length, 'source server')}: ${joined(named, ', ')}${rest}`;
    return {
      at: askedAt,
      cells: ['✓ Commit', clock.long(askedAt), person ?? 'not given', identifier(executionID), about],
    };
  });
}

function rollbackRows({ run }: FullReport, clock: Clock) {
  return (run.rollbacks ?? []).map(({ executionID, askedAt, sourceServerCount, person }) => ({
    at: askedAt,
    cells: [
      '↺ Rollback',
      clock.long(askedAt),
      person ?? 'not given',
      identifier(executionID),
      counted(sourceServerCount, 'source server'),
    ],
  }));
}
