/** Names in place of names: the same one for the same original, numbered in the order they come. */

/** The prefixes are AWS's own (`mgn.md` A.3): before the hyphen of `contoso-production` stands a name as well. */
const identifierPattern = /^(app|eni|lct|lt|s|sg|subnet|vpc|wave)-([0-9a-zA-Z]{8,17})$/;

/** The pseudonyms of one scenario and its input; kinds do not share numbers. */
export class Pseudonyms {
  readonly #known = new Map<string, Map<string, string>>();

  /** Such as `server-3`. */
  numbered(kind: string, original: string): string {
    return this.#of(kind, original, (number) => `${kind}-${String(number)}`);
  }

  /** A host name; case does not tell two hosts apart, so it must not here. */
  hostname(original: string): string {
    return this.numbered('server', original.toLowerCase());
  }

  /** An identifier of AWS with its prefix and length: `s-0b12…` becomes `s-00000000000000001`; what is none is numbered. */
  identifier(original: string): string {
    const [, prefix, digits] = identifierPattern.exec(original) ?? [];
    if (prefix === undefined || digits === undefined) return this.numbered('name', original);
    return this.#of(
      `identifier ${prefix}`,
      original,
      (number) => `${prefix}-${number.toString(16).padStart(digits.length, '0')}`,
    );
  }

  /** Twelve digits. */
  account(original: string): string {
    return this.#of('account', original, (number) => String(number).padStart(12, '0'));
  }

  /** An address of the private range. */
  address(original: string): string {
    return this.#of('address', original, (number) => `10.0.${String(number >> 8)}.${String(number & 255)}`);
  }

  #of(kind: string, original: string, make: (number: number) => string): string {
    const known = this.#known.get(kind) ?? new Map<string, string>();
    this.#known.set(kind, known);
    const pseudonym = known.get(original) ?? make(known.size + 1);
    known.set(original, pseudonym);
    return pseudonym;
  }
}
