/** Writes the XML of the Query protocol. */

/** What an element may hold; members that are undefined are left out. */
export type XmlContent =
  string | number | boolean | undefined | XmlList | readonly XmlContent[] | { readonly [name: string]: XmlContent };

/** A list whose members are called otherwise than `item`, as the members of a plain list are. */
export class XmlList {
  readonly itemName: string;
  readonly items: readonly XmlContent[];

  constructor(itemName: string, items: readonly XmlContent[]) {
    this.itemName = itemName;
    this.items = items;
  }
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that no document of XML 1.0 may hold, escaped or not. */
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const escaped = (text: string): string =>
  text.replace(illegal, '\ufffd').replace(/[&<>"]/g, (character) => escapes[character] ?? character);

const isList = (content: XmlContent): content is readonly XmlContent[] => Array.isArray(content);

const inside = (content: Exclude<XmlContent, undefined>): string => {
  if (isList(content)) return content.map((item) => element('item', item)).join('');
  if (content instanceof XmlList) return content.items.map((item) => element(content.itemName, item)).join('');
  if (typeof content !== 'object') return escaped(String(content));
  return Object.entries(content)
    .map(([name, member]) => element(name, member))
    .join('');
};

const element = (name: string, content: XmlContent): string =>
  content === undefined ? '' : `<${name}>${inside(content)}</${name}>`;

/** A document; its root is of the namespace, where there is one. */
export const xmlDocument = (root: string, content: XmlContent, namespace?: string): string => {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${content === undefined ? '' : inside(content)}</${root}>`;
};
