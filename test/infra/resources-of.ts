/** What a stack's template holds of one type of resource, in a shape that a test can rely on. */
import { rmSync } from 'node:fs';
import { App, type Stack } from 'aws-cdk-lib';
import * as v from 'valibot';

const ResourceSchema = v.object({ Type: v.string(), Properties: v.optional(v.unknown()) });
const TemplateSchema = v.object({ Resources: v.record(v.string(), ResourceSchema) });

/** All resources of the stack by their logical IDs. */
export function allResourcesOf(stack: Stack): Readonly<Record<string, v.InferOutput<typeof ResourceSchema>>> {
  const app = stack.node.root;
  if (!App.isApp(app)) throw new Error('the stack is of no app');
  const assembly = app.synth(); // Made once, however often it is asked for; so is what is read of its files.
  const { Resources } = v.parse(TemplateSchema, assembly.getStackByName(stack.stackName).template);
  rmSync(assembly.directory, { recursive: true, force: true });
  return Resources;
}

/** The logical IDs of the stack's resources of `type`, in the template's order. */
export function idsOf(stack: Stack, type: string): string[] {
  return Object.entries(allResourcesOf(stack)).flatMap(([logicalID, { Type }]) => (Type === type ? [logicalID] : []));
}

/** The properties of the stack's resources of `type`, in the template's order, parsed with `schema`. */
export function resourcesOf<Schema extends v.GenericSchema>(
  stack: Stack,
  type: string,
  schema: Schema,
): v.InferOutput<Schema>[] {
  return Object.values(allResourcesOf(stack)).flatMap(({ Type, Properties }) =>
    Type === type ? [v.parse(schema, Properties)] : [],
  );
}

/**
 * The text that an intrinsic function makes of its parts, references standing for themselves as `<Name>` or
 * `<Name.Attribute>`; plain text as it is.
 */
export function textOf(value: unknown): string {
  return v.parse(IntrinsicSchema, value);
}

/** Schema of a text, plain or made by an intrinsic function (`textOf`). */
export const TextSchema = v.pipe(v.unknown(), v.transform(textOf));

const IntrinsicSchema: v.GenericSchema<unknown, string> = v.union([
  v.string(),
  v.pipe(
    v.object({ Ref: v.string() }),
    v.transform(({ Ref }) => `<${Ref}>`),
  ),
  v.pipe(
    v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
    v.transform((value) => `<${value['Fn::GetAtt'].join('.')}>`),
  ),
  v.pipe(
    v.object({ 'Fn::Join': v.tuple([v.string(), v.array(v.lazy(() => IntrinsicSchema))]) }),
    v.transform((value) => value['Fn::Join'][1].join(value['Fn::Join'][0])),
  ),
]);
