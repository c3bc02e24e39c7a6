/** What a hook put out, cut to what the ledger keeps: the beginning, and more of the end, where errors stand. */

const headMax = 1_024;
const tailMax = 3_000;

/** Takes text piece by piece and keeps its beginning and its end. */
export interface OutputCapture {
  add(text: string): void;
  /** All of it up to 4,024 characters, else both ends with the number of characters left out between them. */
  text(): string;
}

/** An empty capture. */
export function createCapture(): OutputCapture {
  let head = '';
  let tail = '';
  let length = 0;
  return {
    add(text) {
      length += text.length;
      const toHead = text.slice(0, headMax - head.length);
      head += toHead;
      tail = (tail + text.slice(toHead.length)).slice(-tailMax);
    },
    text() {
      const omitted = length - head.length - tail.length;
      return omitted === 0 ? head + tail : `${head}\n… ${String(omitted)} characters left out …\n${tail}`;
    },
  };
}

/** A text cut the same way. */
export function cutOutput(text: string): string {
  const capture = createCapture();
  capture.add(text);
  return capture.text();
}
