/** Does a picture of a wave plan like the wave itself? Where it does not, a rehearsal says so. */
import type { Preview } from '../planning.ts';

/** Reasons that lie in this ledger or in a saved plan, of which MGN and a picture of it know nothing. */
const notOfMgn: ReadonlySet<string> = new Set(['LOCKED_BY_OTHER_RUN', 'FACTS_CHANGED', 'NOT_IN_PLAN']);

/** The codes of the reasons that block each source server, as one text for each. */
export function blockingCodes({ report }: Preview): string[] {
  return report.servers.map(({ reasons }) =>
    reasons
      .map(({ code }) => code)
      .filter((code) => !notOfMgn.has(code))
      .join(' '),
  );
}

/** What the picture's plan says otherwise, in words; nothing where both agree. */
export function deviationsOf(real: readonly Preview[], picture: readonly Preview[]): string[] {
  const [ofReal, ofPicture] = [countsOf(real.flatMap(blockingCodes)), countsOf(picture.flatMap(blockingCodes))];
  return [...new Set([...ofReal.keys(), ...ofPicture.keys()])]
    .filter((codes) => codes !== '')
    .flatMap((codes) => {
      const [inReal, inPicture] = [ofReal.get(codes) ?? 0, ofPicture.get(codes) ?? 0];
      const words = `${codes.replaceAll(' ', ', ')} blocks ${String(inReal)} in MGN and ${String(inPicture)} in the rehearsal: the scenario cannot hold it quite.`;
      return inReal === inPicture ? [] : [words];
    });
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
