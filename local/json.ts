/** JSON as the engine knows it, and its size as Step Functions counts it. */
import type { StateMachine } from 'aws-local-stepfunctions';

/** Any JSON value. */
export type Json = Parameters<StateMachine['run']>[0];

/** A JSON text and what it says; the value shares nothing with the one it was made from. */
export interface SerializedJson {
  readonly text: string;
  /** Length in UTF-8 bytes. */
  readonly bytes: number;
  /** Parses a fresh copy. */
  readonly parse: () => Json;
}

/** Serializes a value as Lambda does; what JSON cannot say (`undefined`, a function) becomes `null`. */
export function serialize(value: unknown): SerializedJson {
  const text = jsonText(value);
  return { text, bytes: Buffer.byteLength(text), parse: () => parseJson(text) };
}

/** Size of a value's JSON in UTF-8 bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(jsonText(value));
}

/** Parses a JSON text. */
export function parseJson(text: string): Json {
  const value: unknown = JSON.parse(text);
  return isParsed(value) ? value : null;
}

function jsonText(value: unknown): string {
  const text: unknown = JSON.stringify(value);
  return typeof text === 'string' ? text : 'null';
}

/** `JSON.parse` yields nothing but JSON, so being defined is all there is to check. */
function isParsed(value: unknown): value is Json {
  return value !== undefined;
}
