/** Answers that are none: what proxies, broken connections and other services send in MGN's place. */
import type { WireAnswer } from './change-answers.ts';

const page = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>\u001b[2JPlease sign in</body></html>';
const html = { 'content-type': 'text/html' };
const megabyte = 'x'.repeat(1_048_576);

const withBody = (answer: WireAnswer, body: string): WireAnswer => ({ ...answer, body: Buffer.from(body) });

/** Every kind by name. */
export const wreckages: readonly (readonly [string, (answer: WireAnswer) => WireAnswer])[] = [
  ['a proxy’s page as if all were well', () => ({ statusCode: 200, headers: html, body: Buffer.from(page) })],
  ['a proxy’s page with 502', () => ({ statusCode: 502, headers: html, body: Buffer.from(page) })],
  ['a proxy’s page with 407', () => ({ statusCode: 407, headers: html, body: Buffer.from(page) })],
  ['a redirect', () => ({ statusCode: 302, headers: { location: 'http://127.0.0.1:9/' }, body: Buffer.from('') })],
  ['nothing', (answer) => withBody(answer, '')],
  ['an empty object', (answer) => withBody(answer, '{}')],
  ['null', (answer) => withBody(answer, 'null')],
  ['a list', (answer) => withBody(answer, '[]')],
  ['a text', (answer) => withBody(answer, '"ok"')],
  ['a number', (answer) => withBody(answer, '1e999')],
  ['half of it', (answer) => ({ ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) })],
  ['no UTF-8', (answer) => ({ ...answer, body: Buffer.concat([Buffer.from([0xff, 0xfe, 0xc0]), answer.body]) })],
  ['a megabyte that is no JSON', (answer) => withBody(answer, megabyte)],
  ['lists in one another', (answer) => withBody(answer, `{"items":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)],
  ['items that are no list', (answer) => withBody(answer, '{"items":{"length":3},"job":[]}')],
  ['items that are no records', (answer) => withBody(answer, '{"items":[1,"two",[3]],"job":7}')],
  [
    'an error whose words are a megabyte',
    () => ({
      statusCode: 500,
      headers: { 'x-amzn-errortype': megabyte.slice(0, 5_000) },
      body: Buffer.from(JSON.stringify({ message: `${megabyte}\n\u001b[2J` })),
    }),
  ],
  [
    'an error whose words are an object',
    () => ({ statusCode: 400, headers: {}, body: Buffer.from('{"message":{"a":1},"code":{"b":2},"name":[]}') }),
  ],
  [
    'a conflict about things that are none',
    () => ({
      statusCode: 409,
      headers: { 'x-amzn-errortype': 'ConflictException' },
      body: Buffer.from('{"code":7,"message":9,"resourceId":{"x":1},"errors":{"length":2}}'),
    }),
  ],
];
