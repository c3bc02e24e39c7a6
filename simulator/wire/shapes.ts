/**
 * The member shapes requests are made of, with the bounds and patterns of the API model (`mgn.md` A.2, A.3, A.5, A.6).
 * Objects are open: members the model does not know are dropped, as REST-JSON services do.
 */
import * as v from 'valibot';

const id = (prefix: string) => v.pipe(v.string(), v.regex(new RegExp(`^${prefix}-[0-9a-zA-Z]{17}$`)));

/** A string whose length lies within bounds, in characters. */
export const text = (lengthMin: number, lengthMax: number) =>
  v.pipe(v.string(), v.minLength(lengthMin), v.maxLength(lengthMax));

/** A list whose length lies within bounds. */
export const list = <Item extends v.GenericSchema>(item: Item, lengthMin: number, lengthMax: number) =>
  v.pipe(v.array(item), v.minLength(lengthMin), v.maxLength(lengthMax));

/** An integer within bounds. */
export const integer = (valueMin: number, valueMax: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(valueMin), v.maxValue(valueMax));

/** Identifier of a source server: `s-` and 17 letters or digits. */
export const sourceServerID = id('s');
/** Identifier of an application. */
export const applicationID = id('app');
/** Identifier of a wave. */
export const waveID = id('wave');
/** Identifier of a job. */
export const jobID = id('mgnjob');
/** Identifier of a launch configuration template. */
export const launchConfigurationTemplateID = id('lct');

/** `accountID`: exactly twelve digits. */
export const accountID = v.pipe(v.string(), v.regex(/^[0-9]{12}$/));

/** `ARN` of a taggable resource. */
export const resourceArn = text(20, 2048);

/** Name of a wave, an application or an action: no leading, trailing or control white space. */
export const nounName = v.pipe(text(1, 256), v.regex(/^[^\s\x00]( *[^\s\x00])*$/));

/** Description of a wave or an application. */
export const nounDescription = v.pipe(text(0, 600), v.regex(/^[^\x00]*$/));

/** Tags of a create, a start or TagResource: at most 50, keys and values of at most 256 characters. */
export const tags = v.pipe(v.record(text(0, 256), text(0, 256)), v.maxEntries(50));

/** A moment in a filter. The model asks for the `Z` form here, although answers come in the offset form (A.1). */
export const dateTime = v.pipe(
  text(19, 32),
  v.regex(
    /^[1-9][0-9]*-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([0-1][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z$/,
  ),
);

/** Paging members of every list operation (A.4). */
export const pageMembers = {
  maxResults: v.exactOptional(integer(1, 1000)),
  nextToken: v.exactOptional(text(0, 2048)),
};

/** `actionID` of a post-launch action. */
export const actionID = v.pipe(text(1, 64), v.regex(/^.*[0-9a-zA-Z]$/));

const parameterKey = v.pipe(text(1, 1011), v.regex(/^[A-Za-z0-9]+$/));

/** Parameters of an SSM document, each a list of parameter store references. */
export const ssmParameters = v.pipe(
  v.record(
    parameterKey,
    list(
      v.object({
        parameterType: v.picklist(['STRING', 'SECURE_STRING']),
        parameterName: v.pipe(text(1, 1011), v.regex(/^[A-Za-z0-9_.-]+$/)),
      }),
      0,
      10,
    ),
  ),
  v.maxEntries(20),
);

/** Parameters of an SSM document that MGN fills in from a path into its own data. */
export const ssmExternalParameters = v.pipe(
  v.record(
    parameterKey,
    v.object({ dynamicPath: v.pipe(text(1, 1011), v.regex(/^[a-zA-Z0-9_]+(\.[a-zA-Z0-9_[\]]+)*$/)) }),
  ),
  v.maxEntries(20),
);

/** `timeoutSeconds` of an action or a document. */
export const timeoutSeconds = integer(1, 2_147_483_647);
