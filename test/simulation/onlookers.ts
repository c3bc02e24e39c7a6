/** The checkers of a night, asked at every turn of it, and what they found. */
import { startMs, type Night, type Step, type Walk, type Write } from '../support/a-run.ts';
import { sceneOf, type MovingScene } from './scene-of.ts';
import type { Breach, Checker, Scene, Started } from './scene.ts';
import type { Script } from './script.ts';
import type { Teller } from './teller.ts';

type Answer = readonly string[] | Promise<readonly string[]> | undefined;

/** An execution whose end is still to come. */
type Unended = { -readonly [Member in keyof Started]: Started[Member] };

/** Looks on. */
export class Onlookers {
  readonly #script: Script;
  readonly #checkers: readonly Checker[];
  readonly #teller: Teller;
  readonly #breaches: Breach[] = [];
  readonly #started: Unended[] = [];
  #scene: MovingScene | undefined;
  #isCalm = false;

  constructor(script: Script, checkers: readonly Checker[], teller: Teller) {
    this.#script = script;
    this.#checkers = checkers;
    this.#teller = teller;
  }

  get breaches(): readonly Breach[] {
    return this.#breaches;
  }

  get started(): readonly Started[] {
    return this.#started;
  }

  /** The night begins. */
  arrive(night: Night): void {
    this.#scene = sceneOf(this.#script, night, this.#started, () => this.#isCalm);
  }

  calmDown(): void {
    this.#isCalm = true;
  }

  /** A person starts an execution. */
  start(what: Pick<Started, 'machine' | 'name' | 'runID' | 'purpose' | 'input'>): Unended {
    const startedAt = this.#scene?.night.time.now() ?? startMs;
    const started: Unended = { ...what, startedAt, walk: undefined, endedAt: undefined };
    this.#started.push(started);
    return started;
  }

  /** The execution has ended. */
  async ended(started: Unended, walk: Walk): Promise<void> {
    started.walk = walk;
    started.endedAt = this.#scene?.night.time.now();
    const ended = { ...started, walk };
    await this.#ask((checker, scene) => checker.afterExecution?.(ended, scene));
  }

  onWrite(write: Write): void {
    this.#askAtOnce((checker, scene) => checker.onWrite?.(write, scene));
  }

  onAnswer(write: Write): void {
    this.#askAtOnce((checker, scene) => checker.onAnswer?.(write, scene));
  }

  async afterStep(step: Omit<Step, 'stop'>): Promise<void> {
    await this.#ask((checker, scene) => checker.afterStep?.(step, scene));
  }

  async atEnd(): Promise<void> {
    await this.#ask((checker, scene) => checker.atEnd?.(scene));
  }

  /** Notes a broken promise, each once. */
  breach(checker: string, what: string): void {
    if (this.#breaches.some((known) => known.checker === checker && known.what === what)) return;
    const now = this.#scene?.night.time.now() ?? startMs;
    this.#breaches.push({ checker, what, atSeconds: Math.round((now - startMs) / 1000) });
    this.#teller.tell('breach', '', `${checker}: ${what}`);
  }

  #note(checker: Checker, found: readonly string[] | undefined): void {
    for (const what of found ?? []) this.breach(checker.name, what);
  }

  #askAtOnce(question: (checker: Checker, scene: Scene) => readonly string[] | undefined): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    scene.forget();
    for (const checker of this.#checkers) {
      try {
        this.#note(checker, question(checker, scene));
      } catch (error) {
        this.breach(checker.name, wordsOf(error));
      }
    }
  }

  async #ask(question: (checker: Checker, scene: Scene) => Answer): Promise<void> {
    const scene = this.#scene;
    if (scene === undefined) return;
    scene.forget();
    for (const checker of this.#checkers) {
      try {
        const answer = question(checker, scene);
        this.#note(checker, answer instanceof Promise ? await answer : answer);
      } catch (error) {
        // Else it would pass for a failure of the step that is being looked at.
        this.breach(checker.name, wordsOf(error));
      }
    }
  }
}

/** What was thrown, in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
