/** Stryker ignorer: sentences for a person to read are left out of the mutation run, and nothing but sentences. */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import type { Ignorer } from '@stryker-mutator/api/ignore';

/** What is looked at of a node of Babel's syntax tree. */
interface SourceNode {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
  readonly expressions?: readonly SourceNode[];
  readonly callee?: SourceNode;
  readonly arguments?: readonly SourceNode[];
  readonly object?: SourceNode;
  readonly computed?: boolean;
}

declare module '@stryker-mutator/api/ignore' {
  interface NodePath {
    readonly node: SourceNode;
  }
}

const wording = 'A sentence for a person to read: no test pins its wording for its own sake.';

const wordingIgnorer: Ignorer = {
  shouldIgnore({ node }) {
    return isSentence(node) ? wording : undefined;
  },
};

/** A template counts only where nothing in it but its words could be mutated: what is left out takes its inside along. */
function isSentence({ type, value, quasis = [], expressions = [] }: SourceNode): boolean {
  if (type === 'StringLiteral') return isProse(value);
  return type === 'TemplateLiteral' && quasis.some((part) => isProse(part.value.raw)) && expressions.every(isName);
}

/** Words that code compares (`READY_FOR_CUTOVER`, `sourceServerID`) have no blank in them; sentences have. */
function isProse(text: unknown): boolean {
  return typeof text === 'string' && text.includes(' ');
}

function isName(node: SourceNode | undefined): boolean {
  if (node?.type === 'MemberExpression') return node.computed === false && isName(node.object);
  if (node?.type === 'CallExpression') return isName(node.callee) && (node.arguments ?? []).every(isName);
  return node?.type === 'Identifier';
}

/** What Stryker loads of this file: the ignorer `wording`. */
export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'wording', wordingIgnorer)];
