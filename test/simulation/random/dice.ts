/** Chance from a seed: the same draws for the same seed, always. */
import { seededRandom, type Random } from '../../../simulator/seeded-random.ts';

/** Draws. */
export class Dice {
  readonly #next: Random;

  constructor(seed: number) {
    this.#next = seededRandom(seed, 'script');
  }

  /** A number in [0, 1). */
  next(): number {
    return this.#next();
  }

  /** True as often as `probability` says. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** One of them, each as likely. */
  pick<const Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.int(0, items.length - 1)] ?? items[0];
  }

  /** Each of them with that probability. */
  some<Item>(items: readonly Item[], probability: number): Item[] {
    return items.filter(() => this.chance(probability));
  }

  /** What `make` makes, as often as `probability` says, as members to spread; else none. */
  maybe<Members extends object>(probability: number, make: () => Members): Partial<Members> {
    return this.chance(probability) ? make() : {};
  }

  /** So many of what `make` makes. */
  times<Item>(count: number, make: (index: number) => Item): Item[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }
}
