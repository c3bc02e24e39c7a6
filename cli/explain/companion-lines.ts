/** What became of the other source servers of an application, in lines: a blast radius at a glance. */
import { bareFact } from '../../functions/domain/reason.ts';
import { plain } from '../live/fit.ts';
import { standingOf, symbolOf, urgency, type Palette } from '../live/style.ts';
import type { Companion } from './explanation.ts';

/** More of them than this are counted, and only so many of those that are not well are named. */
const namedMax = 20;

/** A line for each; where there are many, those that are well are counted and the others come first. */
export function companionLines(companions: readonly Companion[], palette: Palette): string[] {
  if (companions.length <= namedMax) return companions.map((companion) => lineOf(companion, palette));
  const rank = (companion: Companion) => urgency.indexOf(standingOf(companion));
  const good = companions.filter((companion) => standingOf(companion) === 'good');
  const others = companions
    .filter((companion) => !good.includes(companion))
    .toSorted((one, other) => rank(one) - rank(other));
  const [first] = good;
  const hidden = others.length - namedMax;
  return [
    ...others.slice(0, namedMax).map((companion) => lineOf(companion, palette)),
    ...(hidden > 0 ? [`  … and ${String(hidden)} more that are not well`] : []),
    ...(first === undefined
      ? []
      : [`  ${palette.of('good', `${symbolOf(first.phase)} ${String(good.length)} verified or finalized`)}`]),
  ];
}

function lineOf(
  { hostname, sourceServerID, phase, verdict, isTakenAlong, reason }: Companion,
  palette: Palette,
): string {
  const word = verdict === 'UNDECIDED' ? phase : verdict.replaceAll('_', ' ');
  const why = reason === undefined ? '' : `: ${plain(bareFact(reason))}`;
  const name = `${symbolOf(phase)} ${plain(hostname ?? sourceServerID)}  ${word}`;
  return `  ${palette.of(standingOf({ phase }), name)}${isTakenAlong ? ', taken along' : ''}${why}`;
}
