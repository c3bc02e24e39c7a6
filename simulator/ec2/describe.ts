/** What EC2's describes have in common: IDs that must exist, filters, pages. */
import { MgnException } from '../exceptions.ts';
import { page } from '../wire/paging.ts';
import type { Account, World } from '../world/world.ts';
import { Ec2Exception } from './ec2-exception.ts';
import type { Ec2ExceptionCode } from './ec2-exception.ts';
import { filtersOf, listOf, passes, refuseUnmodelled } from './query-request.ts';
import type { Fields } from './query-request.ts';
import type { XmlContent } from './xml.ts';

/** Where and when an action is performed. */
export interface Ec2Call {
  readonly world: World;
  readonly account: Account;
  readonly now: number;
}

/** An action of EC2: the members of its answer, beside the request's ID. */
export type Ec2Operation = (call: Ec2Call, fields: Fields) => Readonly<Record<string, XmlContent>>;

/** How one kind of record is described. */
export interface Description<Kind> {
  readonly action: string;
  /** The list in the answer. */
  readonly set: string;
  readonly recordsOf: (call: Ec2Call, fields: Fields) => readonly Kind[];
  readonly render: (record: Kind, call: Ec2Call) => XmlContent;
  /** The list of the request that names records which have to exist. */
  readonly ids?: {
    readonly field: string;
    readonly of: (record: Kind) => string;
    readonly notFound: (id: string) => Ec2Exception;
  };
  /** The values of a record by the name of each filter. */
  readonly filters: Readonly<Record<string, (record: Kind) => string | readonly string[]>>;
  /** Fields that `recordsOf` reads. */
  readonly otherFields?: readonly string[];
  readonly pageSizes: { readonly min: number; readonly max: number };
}

const sharedFields = ['DryRun', 'Filter', 'MaxResults', 'NextToken'];

/** The operation that describes records. */
export const describing =
  <Kind>(description: Description<Kind>): Ec2Operation =>
  (call, fields) => {
    const { action, set, ids, otherFields = [] } = description;
    refuseUnmodelled(action, fields, [...sharedFields, ...otherFields, ...(ids === undefined ? [] : [ids.field])]);
    if (fields.get('DryRun') === 'true') {
      throw new Ec2Exception('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
    }
    const records = filtered(description, named(description, description.recordsOf(call, fields), fields), fields);
    const listed = {
      total: records.length,
      slice: (from: number, to: number) => records.slice(from, to).map((record) => description.render(record, call)),
    };
    const maxResults = pageSizeOf(description, fields);
    const nextPage = { maxResults, nextToken: fields.get('NextToken') };
    const { items, nextToken } = pageOf(
      listed,
      nextPage,
      `${action}/${call.account.accountID}`,
      description.pageSizes.max,
    );
    return { [set]: items, nextToken };
  };

/** A page; a token that was not issued for it is refused in EC2's words. */
const pageOf: typeof page = (...listed) => {
  try {
    return page(...listed);
  } catch (error) {
    if (error instanceof MgnException) throw new Ec2Exception('InvalidParameterValue', error.message);
    throw error;
  }
};

const named = <Kind>({ ids }: Description<Kind>, records: readonly Kind[], fields: Fields): readonly Kind[] => {
  const wanted = ids === undefined ? [] : listOf(fields, ids.field);
  if (ids === undefined || wanted.length === 0) return records;
  const byID = new Map(records.map((record) => [ids.of(record), record]));
  return [...new Set(wanted)].map((id) => {
    const record = byID.get(id);
    if (record === undefined) throw ids.notFound(id);
    return record;
  });
};

const filtered = <Kind>({ action, filters }: Description<Kind>, records: readonly Kind[], fields: Fields): Kind[] => {
  const applied = filtersOf(fields).map((filter) => {
    const valuesOf = Object.hasOwn(filters, filter.name) ? filters[filter.name] : undefined;
    if (valuesOf !== undefined) return { filter, valuesOf };
    throw new Ec2Exception('NotImplemented', `The simulator does not model the filter ${filter.name} of ${action}.`);
  });
  return records.filter((record) =>
    applied.every(({ filter, valuesOf }) => [valuesOf(record)].flat().some((value) => passes(value, filter))),
  );
};

const pageSizeOf = <Kind>({ pageSizes: { min, max } }: Description<Kind>, fields: Fields): number | undefined => {
  const text = fields.get('MaxResults');
  if (text === undefined) return undefined;
  const size = Number(text);
  if (Number.isInteger(size) && size >= min && size <= max) return size;
  const message = `Value ( ${text} ) for parameter maxResults is invalid. Expecting a value between ${min} and ${max}.`;
  throw new Ec2Exception('InvalidParameterValue', message);
};

/** The refusal of an ID that names nothing. */
export const notFound =
  (code: Ec2ExceptionCode, what: string) =>
  (id: string): Ec2Exception =>
    new Ec2Exception(code, `The ${what} '${id}' does not exist`);
