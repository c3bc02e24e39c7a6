/** Reading an answer's body without trusting its length. */

/** Most bytes of an answer: several times what 200 launch templates with their user data take. */
export const answerBytesMax = 16 * 1_024 * 1_024;

/** The answer is larger than any that is expected; what came of it is thrown away. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

/**
 * The body as text; what is no UTF-8 in it becomes U+FFFD.
 *
 * @throws AnswerTooLargeError once more than `bytesMax` bytes have come; then the connection is given up.
 */
export async function readText({ body }: Pick<Response, 'body'>, bytesMax = answerBytesMax): Promise<string> {
  if (body === null) return '';
  const chunks: AsyncIterable<Uint8Array> = body;
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new AnswerTooLargeError(`the answer has more than ${String(bytesMax)} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
