/** What IAM said, in words: a line for each duty, what is wrong under it, and at the end what else is worth knowing. */
import { plain } from '../live/fit.ts';
import type { Palette } from '../live/style.ts';
import { excessOf, isNeeded, standingOf, type JudgedDuty, type JudgedRight } from './inquiry.ts';

/** The duties of one kind of identity, under a heading. */
export function dutyLines(heading: string, duties: readonly JudgedDuty[], palette: Palette): string[] {
  const bySubject = [...Map.groupBy(duties, ({ subject }) => subject).values()];
  return [palette.strong(plain(heading)), ...bySubject.flatMap((ofSubject) => subjectLines(ofSubject, palette))];
}

/** What nobody can tell of an identity is said once, whatever it has to do. */
function subjectLines(duties: readonly JudgedDuty[], palette: Palette): string[] {
  const [first, ...others] = duties;
  if (first?.whyUnknown === undefined || others.length === 0)
    return duties.flatMap((judged) => linesOf(judged, palette));
  return [`  ${palette.of('person', '? cannot tell')}: ${plain(first.whyUnknown)}`];
}

function linesOf(judged: JudgedDuty, palette: Palette): string[] {
  const { duty, whyUnknown } = judged;
  if (duty.isOptional === true) return [`  · ${duty.name}  ${palette.faint(`not needed here; ${permission(judged)}`)}`];
  if (whyUnknown !== undefined)
    return [`  ${palette.of('person', `? ${duty.name}`)}  cannot tell: ${plain(whyUnknown)}`];
  switch (standingOf(judged)) {
    case 'good':
      return [`  ${palette.of('good', `✓ ${duty.name}`)}  ${counted(judged)}`];
    case 'unknown':
      return [`  ${palette.of('person', `? ${duty.name}`)}  cannot tell`, ...problemLines(judged)];
    case 'lacking':
    case 'excessive':
      return [`  ${palette.of('bad', `✗ ${duty.name}`)}${roleWords(judged)}`, ...problemLines(judged)];
  }
}

function permission(judged: JudgedDuty): string {
  const words = { good: 'allowed', excessive: 'allowed', lacking: 'not allowed', unknown: 'cannot tell' } as const;
  return words[standingOf(judged)];
}

function counted({ rights }: JudgedDuty): string {
  const allowed = rights.filter(({ verdict }) => verdict.verdict === 'allowed');
  const count = new Set(allowed.map(({ right }) => right.action)).size;
  return count === 0 ? 'needs nothing' : `${String(count)} allowed`;
}

function roleWords({ subject }: JudgedDuty): string {
  return subject.isDedicated ? `  ${plain(subject.identity.arn)}` : '';
}

function problemLines(judged: JudgedDuty): string[] {
  const needed = judged.rights.filter(isNeeded);
  const lines = Map.groupBy(needed, ({ verdict }) => problemWords(verdict));
  lines.delete('');
  const excess = excessOf(judged);
  return [
    ...[...lines].map(([words, rights]) => `      ${words}: ${callWords(rights)}`),
    ...(excess.length === 0 ? [] : [`      should be denied, and is allowed: ${callWords(excess)}`]),
  ];
}

function problemWords(verdict: JudgedRight['verdict']): string {
  switch (verdict.verdict) {
    case 'allowed':
      return '';
    case 'missing':
      return 'missing';
    case 'denied':
      return `denied by ${plain(verdict.by)}`;
    case 'unclear':
      return `unclear (${plain(verdict.why)})`;
  }
}

/** Calls with what they are on: `ec2:AttachVolume on instance/*, volume/*`. */
function callWords(rights: readonly JudgedRight[]): string {
  return [...Map.groupBy(rights, ({ right }) => right.action)]
    .map(([action, judged]) => {
      const resources = judged.flatMap(({ right }) => (right.resource === '*' ? [] : [resourceWords(right.resource)]));
      return resources.length === 0 ? action : `${action} on ${[...new Set(resources)].join(', ')}`;
    })
    .join('; ');
}

/** An ARN without what is the same for all; the made-up IDs stand for any. */
function resourceWords(arn: string): string {
  const words = arn.split(':').slice(5).join(':');
  return words.replace(/[/:][a-z]+-0{17}$/, '/*').replace(/mgn-cutover-check$/, '*');
}

const finalizing = 'mgn:FinalizeCutover';
const finalizingNote = `This identity may call ${finalizing}, which cannot be undone, although options.commit is not "auto".`;

/** What is no fault, and good to know before the night. */
export function noteLines(duties: readonly JudgedDuty[]): string[] {
  const known = duties.filter(({ whyUnknown }) => whyUnknown === undefined);
  const own = known.filter(({ subject }) => !subject.isDedicated);
  const unneeded = callsWith(
    'allowed',
    own.flatMap(({ neverCalled }) => neverCalled),
  );
  return [
    ...(unneeded.includes(finalizing) ? [finalizingNote] : []),
    ...noteIf(
      unneeded.filter((action) => action !== finalizing),
      (calls) => `This identity may also call ${calls}, which no step does: see that it is meant to.`,
    ),
    ...noteIf(unguarded(known), (calls) => `Not denied outright to every function, as the template has it: ${calls}.`),
    ...noteIf(onlyListed(known), (calls) => `AWS lists ${calls} as needed, and its own policies for MGN do without.`),
    ...noteIf(openKeys(known), (keys) => `Policies also ask for ${keys}, whose values are not known here.`),
    ...(own.some(({ subject }) => subject.identity.isSession)
      ? ['A policy of the session itself may allow less than its role.']
      : []),
    'Not evaluated: policies of the organization that have conditions or are about resources, and those of endpoints and keys.',
  ];
}

function noteIf(items: readonly string[], note: (words: string) => string): string[] {
  return items.length === 0 ? [] : [note([...new Set(items)].map(plain).join(', '))];
}

function callsWith(verdict: string, rights: readonly JudgedRight[]): string[] {
  return rights.flatMap(({ right, verdict: found }) => (found.verdict === verdict ? [right.action] : []));
}

function unguarded(duties: readonly JudgedDuty[]): string[] {
  return duties.flatMap(({ subject, neverCalled }) => (subject.isDedicated ? callsWith('missing', neverCalled) : []));
}

function onlyListed(duties: readonly JudgedDuty[]): string[] {
  return duties.flatMap(({ rights }) =>
    callsWith(
      'missing',
      rights.filter((judged) => !isNeeded(judged)),
    ),
  );
}

function openKeys(duties: readonly JudgedDuty[]): string[] {
  return duties.flatMap(({ rights }) =>
    rights.flatMap(({ verdict }) => (verdict.verdict === 'allowed' ? verdict.openKeys : [])),
  );
}

/** The duties for a program. */
export function dutyFacts(judged: JudgedDuty): object {
  const { subject, duty, whyUnknown, rights, neverCalled } = judged;
  const facts = ({ right, verdict }: JudgedRight) => ({ action: right.action, resource: right.resource, ...verdict });
  return {
    name: duty.name,
    identity: subject.identity.arn,
    isNeeded: duty.isOptional !== true,
    standing: standingOf(judged),
    whyUnknown,
    rights: rights.map(facts),
    neverCalled: neverCalled.map(facts),
  };
}
