/**
 * Finds in the sources every reason that a verdict can have: the places where an object with `code` and `fact` is made,
 * and the calls of the small functions that make one from a code. What is only known when it runs stands as "…".
 */
import ts from 'typescript';

/** One place where a reason is made. */
export interface FoundReason {
  readonly code: string;
  readonly fact: string;
  readonly source: string;
  readonly remedy: string;
}

/** What the parameters of a maker stand for in one call of it. */
type Bindings = ReadonlyMap<string, ts.Expression>;

/** The reasons made in one source file, in the order of the text. */
export function reasonsIn(fileName: string, text: string): FoundReason[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const found: FoundReason[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(...reasonsOfObject(file, node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function reasonsOfObject(file: ts.SourceFile, object: ts.ObjectLiteralExpression): FoundReason[] {
  const code = memberOf(object, 'code');
  if (code === undefined || ts.isCallExpression(code)) return [];
  if (memberOf(object, 'fact') === undefined || memberOf(object, 'source') === undefined) return [];
  const maker = makerOf(code);
  if (maker === undefined) return expand(file, object, new Map());
  return callsOf(file, maker.name).flatMap((call) =>
    expand(file, object, new Map(maker.parameters.flatMap((name, index) => bind(name, call.arguments[index])))),
  );
}

function bind(name: string, argument: ts.Expression | undefined): [string, ts.Expression][] {
  return argument === undefined ? [] : [[name, argument]];
}

function expand(file: ts.SourceFile, object: ts.ObjectLiteralExpression, bindings: Bindings): FoundReason[] {
  const words = (name: string) => {
    const value = memberOf(object, name);
    return value === undefined ? [] : wordsOf(file, value, bindings);
  };
  const rest = {
    fact: words('fact').join(' / '),
    source: words('source').join(' / '),
    remedy: words('remedy').join(' / '),
  };
  return words('code').map((code) => ({ code, ...rest }));
}

/** The value of a member, the identifier itself where it is written in short. */
function memberOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of object.properties) {
    if (property.name === undefined || !ts.isIdentifier(property.name) || property.name.text !== name) continue;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
    if (ts.isPropertyAssignment(property)) return property.initializer;
  }
  return undefined;
}

/** The function around whose parameter the code is, by the name it is called with. */
function makerOf(code: ts.Expression): { readonly name: string; readonly parameters: readonly string[] } | undefined {
  if (!ts.isIdentifier(code)) return undefined;
  for (let node: ts.Node = code; !ts.isSourceFile(node); node = node.parent) {
    if (!ts.isFunctionDeclaration(node) && !ts.isArrowFunction(node)) continue;
    const parameters = node.parameters.map(({ name }) => (ts.isIdentifier(name) ? name.text : ''));
    if (!parameters.includes(code.text)) continue;
    const { name } = ts.isFunctionDeclaration(node)
      ? node
      : ts.isVariableDeclaration(node.parent)
        ? node.parent
        : { name: undefined };
    return name !== undefined && ts.isIdentifier(name) ? { name: name.text, parameters } : undefined;
  }
  return undefined;
}

function callsOf(file: ts.SourceFile, name: string): ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name)
      calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return calls;
}

/** All texts an expression may come to, as far as the file alone tells. */
function wordsOf(file: ts.SourceFile, expression: ts.Expression, bindings: Bindings): string[] {
  if (ts.isStringLiteralLike(expression)) return [expression.text];
  if (ts.isParenthesizedExpression(expression)) return wordsOf(file, expression.expression, bindings);
  if (ts.isTemplateExpression(expression)) return [templateWords(expression)];
  if (ts.isConditionalExpression(expression)) {
    return [...wordsOf(file, expression.whenTrue, bindings), ...wordsOf(file, expression.whenFalse, bindings)];
  }
  if (ts.isElementAccessExpression(expression) && ts.isIdentifier(expression.expression)) {
    return valuesOf(file, expression.expression);
  }
  if (!ts.isIdentifier(expression)) return ['…'];
  const bound = bindings.get(expression.text) ?? initializerOf(file, expression);
  return bound === undefined || bound === expression ? ['…'] : wordsOf(file, bound, new Map());
}

function templateWords({ head, templateSpans }: ts.TemplateExpression): string {
  return [head.text, ...templateSpans.map(({ literal }) => literal.text)].join('…');
}

/** The texts of a constant object's members. */
function valuesOf(file: ts.SourceFile, name: ts.Identifier): string[] {
  const value = initializerOf(file, name);
  if (value === undefined || !ts.isObjectLiteralExpression(value)) return ['…'];
  return value.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) ? wordsOf(file, property.initializer, new Map()) : [],
  );
}

/** What the constant of this name is given: of several in the file the one that is declared last before its use. */
function initializerOf(file: ts.SourceFile, name: ts.Identifier): ts.Expression | undefined {
  let best: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    const isIt = ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === name.text;
    const scope = isIt ? node.parent.parent.parent : undefined;
    const isSeen = scope !== undefined && scope.pos <= name.pos && name.end <= scope.end;
    if (isIt && isSeen && node.initializer !== undefined) best = node.initializer;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return best;
}
