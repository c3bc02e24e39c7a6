/**
 * Answers of MGN that cannot be understood as they are: made from real ones by a seed, one change each. None is a lie that
 * nobody could see through, such as a server left out of a list or a flag turned round: against a service that lies well
 * there is no help, and what is tested here is what the tool does with facts that are none.
 */
import type { Random } from '../../../simulator/seeded-random.ts';
import { nested, pick, prototypeKeys, terminalTricks } from '../doors/hostile-values.ts';
import { withDocument, type WireAnswer } from './change-answers.ts';
import { wreckages } from './wreckage.ts';

type Members = Record<string, unknown>;
interface Place {
  readonly node: Members | unknown[];
  readonly key: string;
  readonly value: unknown;
}

const isNode = (value: unknown): value is Members | unknown[] => typeof value === 'object' && value !== null;

/** Every member of every object and list in the document. */
function placesIn(root: unknown): Place[] {
  const places: Place[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (!isNode(node)) continue;
    for (const [key, value] of Object.entries(node)) {
      places.push({ node, key, value });
      waiting.push(value);
    }
  }
  return places;
}

const put = ({ node, key }: Pick<Place, 'node' | 'key'>, value: unknown) =>
  Reflect.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });

const strangeTexts = [
  '',
  'SOMETHING_NEW',
  'success',
  'launched',
  'x'.repeat(1_048_576),
  ...prototypeKeys,
  ...terminalTricks,
];

const strangeValues = (value: unknown): unknown[] => [
  ...(typeof value === 'number' || typeof value === 'boolean' ? [] : [0, -1, 1e308, true]),
  ...(typeof value === 'string' ? [] : ['text']),
  ...(Array.isArray(value) ? [{ length: 1 }, 'text'] : [[], [null], nested(60)]),
  ...(typeof value === 'object' ? [] : [{}, { toString: 'x' }]),
];

/** What may be missing without being taken for something that is not there (an instance) or not asked for (a flag). */
const mayBeMissing = ({ node, key, value }: Place) =>
  !Array.isArray(node) &&
  typeof value !== 'boolean' &&
  !['launchedInstance', 'ec2InstanceID', 'nextToken'].includes(key);

type Bend = (random: Random, root: unknown) => void;

const onText: Bend = (random, root) => {
  const texts = placesIn(root).filter(({ value }) => typeof value === 'string');
  if (texts.length > 0) put(pick(random, texts), pick(random, strangeTexts));
};
const onType: Bend = (random, root) => {
  const places = placesIn(root);
  if (places.length === 0) return;
  const place = pick(random, places);
  put(place, pick(random, strangeValues(place.value)));
};
const missing: Bend = (random, root) => {
  const places = placesIn(root).filter(mayBeMissing);
  if (places.length === 0) return;
  const { node, key } = pick(random, places);
  Reflect.deleteProperty(node, key);
};
const added: Bend = (random, root) => {
  const objects = [root, ...placesIn(root).map(({ value }) => value)].filter(isNode);
  const node = pick(random, objects);
  const name = pick(random, [...prototypeKeys, 'somethingNew', '']);
  put({ node, key: Array.isArray(node) ? String(node.length) : name }, pick(random, [null, nested(30), 'x', {}]));
};
const twice: Bend = (random, root) => {
  const lists = placesIn(root).flatMap(({ value }) => (Array.isArray(value) && value.length > 0 ? [value] : []));
  if (lists.length === 0) return;
  const list = pick(random, lists);
  const copy: unknown = structuredClone(pick<unknown>(random, list));
  if (random() < 0.5) onText(random, copy);
  list.splice(Math.floor(random() * (list.length + 1)), 0, copy);
};
const endless: Bend = (_random, root) => {
  if (isNode(root)) put({ node: root, key: 'nextToken' }, 'again');
};

const bends: readonly Bend[] = [onText, onText, onText, onType, onType, missing, missing, added, twice, endless];

/** The answer with one thing in it that cannot be, or something else altogether in its place. */
export function bent(answer: WireAnswer, random: Random): WireAnswer {
  if (random() < 0.2) return pick(random, wreckages)[1](answer);
  const bend = pick(random, bends);
  return withDocument(answer, (document) => {
    bend(random, document);
    return document;
  });
}
