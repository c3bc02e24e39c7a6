/** Stands between MGN and the SDK: answers are changed on the wire, below all that the SDK does with them. */
import type { MgnClient } from '@aws-sdk/client-mgn';
import * as v from 'valibot';
import type { MgnClients } from '../../../functions/mgn/mgn-adapter.ts';

/** An answer as it comes off the wire. */
export interface WireAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What becomes of the answer to an operation, such as `DescribeJobs`. */
export type ChangeAnswer = (answer: WireAnswer, operation: string) => WireAnswer;

const WireAnswerSchema = v.looseObject({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.instance(Uint8Array),
});

/** Changes every answer that these clients get from now on. */
export function changeAnswers({ reader, writer }: MgnClients, change: ChangeAnswer): void {
  for (const client of new Set<MgnClient>([reader, writer])) {
    // Of low priority, so that the SDK's own reading of the answer stands around it.
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const answered = await next(args);
        const answer = v.parse(WireAnswerSchema, answered.response);
        const operation = (context.commandName ?? '').replace(/Command$/, '');
        return { ...answered, response: { ...answer, ...change(answer, operation) } };
      },
      { step: 'deserialize', priority: 'low', name: 'changeAnswers' },
    );
  }
}

/** The same answer with another document in it. */
export function withDocument(answer: WireAnswer, change: (document: unknown) => unknown): WireAnswer {
  const text = Buffer.from(answer.body).toString('utf8');
  const document: unknown = text === '' ? {} : JSON.parse(text);
  return { ...answer, body: Buffer.from(JSON.stringify(change(document))) };
}

/** The members of a document's object; none where it is something else. */
export function membersOf(value: unknown): Record<string, unknown> {
  return v.is(MembersSchema, value) ? value : {};
}

/** The records of a list's answer. */
export function itemsOf(document: unknown): Record<string, unknown>[] {
  const { items } = membersOf(document);
  return Array.isArray(items) ? items.map(membersOf) : [];
}

const MembersSchema = v.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null);
