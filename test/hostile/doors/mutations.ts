/** Valid documents made invalid, step by step and from a seed: the shape stays near enough to reach the inner checks. */
import type { Random } from '../../../simulator/seeded-random.ts';
import { hostileValue, pick, prototypeKeys } from './hostile-values.ts';

/** A document's object, whose members a mutation changes. */
type Node = unknown[] | Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** All arrays and objects in the document, itself among them. */
const nodesIn = (root: Node): Node[] => {
  const found: Node[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (!isNode(next)) continue;
    found.push(next);
    waiting.push(...Object.values(next));
  }
  return found;
};

const put = (node: Node, key: string, value: unknown): void => {
  Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
};

const remove = (node: Node, key: string): void => {
  if (Array.isArray(node)) node.splice(Number(key), 1);
  else Reflect.deleteProperty(node, key);
};

/** A text changed a little: an enumerated value of another case, an identifier of another length. */
const bent = (text: string, random: Random): string => {
  const at = Math.floor(random() * (text.length + 1));
  return pick(random, [
    text.toLowerCase(),
    text.toUpperCase(),
    `${text} `,
    `${text}\n`,
    text.slice(0, at) + text.slice(at + 1),
    `${text.slice(0, at)}\u0000${text.slice(at)}`,
    text.repeat(3),
    `${text}X`,
  ]);
};

const bend = (value: unknown, random: Random): unknown => {
  if (typeof value === 'string') return bent(value, random);
  if (typeof value === 'number') return pick(random, [-value, value + 0.5, value * 1e9, value * 1e300, String(value)]);
  if (typeof value === 'boolean') return pick(random, [!value, String(value), Number(value)]);
  return hostileValue(random);
};

const mutateOnce = (root: Node, random: Random): string => {
  const node = pick(random, nodesIn(root));
  const keys = Object.keys(node);
  const key = keys.length === 0 ? '' : pick(random, keys);
  const kind = keys.length === 0 ? 6 : Math.floor(random() * 9);
  const value: unknown = Reflect.get(node, key);
  switch (kind) {
    case 0:
      remove(node, key);
      return `drop ${key}`;
    case 1:
    case 2:
      put(node, key, hostileValue(random));
      return `retype ${key}`;
    case 3:
    case 4:
      put(node, key, bend(value, random));
      return `bend ${key}`;
    case 5:
      put(node, key, pick(random, [[value], { [key]: value }, [[value]]]));
      return `nest ${key}`;
    case 7:
      if (Array.isArray(node)) node.push(structuredClone(value));
      else put(node, `${key} `, value);
      return `duplicate ${key}`;
    case 8:
      put(node, key, null);
      return `null ${key}`;
    default: {
      const name = pick(random, [...prototypeKeys, 'extra', '', '\u001b[31mred', 'x'.repeat(3_000)]);
      put(node, Array.isArray(node) ? String(node.length) : name, hostileValue(random));
      return `add ${name.slice(0, 20)}`;
    }
  }
};

/** A copy of the document with one to `timesMax` changes. */
export const mutated = (document: object, random: Random, timesMax = 3): object => {
  const copy: unknown = structuredClone(document);
  if (!isNode(copy)) throw new TypeError('a document is an object or an array');
  const times = 1 + Math.floor(random() * timesMax);
  for (let time = 0; time < times; time += 1) mutateOnce(copy, random);
  return copy;
};

const fragments = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '1e999',
  '-',
  '\u0000',
  '\uFEFF',
  'NaN',
  '//x\n',
  'nul',
];

/** A text cut off, doubled or with something strange in it: hardly ever JSON any more. */
export const garbled = (text: string, random: Random): string => {
  const at = Math.floor(random() * text.length);
  const end = at + Math.floor(random() * 20);
  return pick(random, [
    text.slice(0, at),
    text + text.slice(at),
    text + pick(random, fragments),
    text.slice(0, at) + pick(random, fragments) + text.slice(at),
    text.slice(0, at) + text.slice(end),
    text.slice(0, at) + text.slice(at, end).repeat(50) + text.slice(end),
  ]);
};
