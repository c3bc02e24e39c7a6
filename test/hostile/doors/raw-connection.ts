/** A client that speaks bytes: what no HTTP library would send. */
import { connect, type Socket } from 'node:net';

/** A connection to a server on this machine. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that came so far, each byte as one character. */
  readonly received: () => string;
  /** Waits until the text came or the connection ended; answers what came by then. */
  readonly until: (text: string) => Promise<string>;
  /** Waits for the end of the connection; answers what came. */
  readonly ended: () => Promise<string>;
}

/** Longest wait, in milliseconds: a door that says nothing by then fails its test. */
const waitMsMax = 8_000;

/** Connects, and writes the text, if any. */
export const connectRaw = (port: number, text: string | Buffer = ''): RawConnection => {
  let received = '';
  let isEnded = false;
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    received += String(chunk);
    tell();
  });
  for (const event of ['end', 'close', 'error'] as const)
    socket.on(event, () => {
      isEnded = true;
      tell();
    });
  if (text.length > 0) socket.write(text);
  const wait = (isDone: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`nothing for ${String(waitMsMax)} ms after: ${received.slice(-300)}`));
      }, waitMsMax);
      const look = () => {
        if (!isDone()) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve(received);
      };
      watchers.add(look);
      look();
    });
  return {
    socket,
    received: () => received,
    until: (expected) => wait(() => received.includes(expected) || isEnded),
    ended: () => wait(() => isEnded),
  };
};

/** The status of the first answer; undefined where none came. */
export const statusOf = (answer: string): number | undefined => {
  const found = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
  return found === undefined ? undefined : Number(found);
};
