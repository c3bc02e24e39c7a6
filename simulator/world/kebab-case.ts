/** A name in kebab case, as identifiers that a scenario leaves out are made: `Check health` gives `check-health`. */
export const kebabCase = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-|-$/gu, '')
    .slice(0, 64);
