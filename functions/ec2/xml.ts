/**
 * Reads the XML of AWS's Query protocol: elements and text, no mixed content. The SDK's parser would be a tenth of a
 * function's bundle; these answers hold nothing that needs it.
 */

/** An element; `text` is its own, without that of its children. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** The text is no well-formed XML of the kind that AWS answers with. */
export class MalformedXmlError extends Error {
  override readonly name = 'MalformedXmlError';
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const attribute = String.raw`\s+[^\s=<>/"']+\s*=\s*(?:"[^"<]*"|'[^'<]*')`;
const token = new RegExp(
  [
    String.raw`<\?[^?]*\?>`,
    String.raw`<!--[\s\S]*?-->`,
    String.raw`<!\[CDATA\[(?<literal>[\s\S]*?)\]\]>`,
    String.raw`</(?<closed>[^\s<>/]+)\s*>`,
    String.raw`<(?<opened>[^\s<>/!?]+)(?:${attribute})*\s*(?<isEmpty>/?)>`,
    String.raw`(?<text>[^<]+)`,
  ].join('|'),
  'y',
);

/** Most elements in one another; EC2's answers have about ten. */
const depthMax = 64;
/** Most elements of a document; the largest page of security groups has a fifth of that. */
const elementsMax = 500_000;

/**
 * The document's root element.
 *
 * @throws MalformedXmlError when it is not well-formed, or deeper or larger than any answer is.
 */
export function parseXml(xml: string): XmlElement {
  const document: OpenElement = { name: '', text: '', children: [] };
  const open = [document];
  let elements = 0;
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const { literal, closed, opened, isEmpty, text } = token.exec(xml)?.groups ?? {};
    const current = open.at(-1);
    if (current === undefined || token.lastIndex <= at) throw new MalformedXmlError(`malformed at character ${at}`);
    if (text !== undefined) current.text += unescaped(text);
    else if (literal !== undefined) current.text += literal;
    else if (opened !== undefined) {
      const element = { name: opened, text: '', children: [] };
      elements += 1;
      if (elements > elementsMax) throw new MalformedXmlError(`more than ${elementsMax} elements`);
      if (open.length > depthMax) throw new MalformedXmlError(`more than ${depthMax} elements in one another`);
      current.children.push(element);
      if (isEmpty === '') open.push(element);
    } else if (closed !== undefined) {
      if (current.name !== closed) throw new MalformedXmlError(`a tag at character ${at} closes nothing`);
      open.pop();
    }
  }
  const [root, ...more] = document.children;
  if (root === undefined || more.length > 0 || open.length !== 1) throw new MalformedXmlError('not one whole element');
  return root;
}

/** The element that the names lead to, from child to child; undefined where there is none. */
export function childAt(element: XmlElement, ...names: readonly string[]): XmlElement | undefined {
  let at: XmlElement | undefined = element;
  for (const name of names) at = at?.children.find((child) => child.name === name);
  return at;
}

/** The text of the element that the names lead to, trimmed; undefined where there is none or it is empty. */
export function textAt(element: XmlElement, ...names: readonly string[]): string | undefined {
  const text = childAt(element, ...names)?.text.trim();
  return text === '' ? undefined : text;
}

/** The members of a list: the children of the element that the names lead to. */
export function membersAt(element: XmlElement, ...names: readonly string[]): readonly XmlElement[] {
  return childAt(element, ...names)?.children ?? [];
}

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** An entity that XML does not define by itself is left as it is. */
function unescaped(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities.get(name) ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
