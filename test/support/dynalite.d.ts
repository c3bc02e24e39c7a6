/** The one thing of dynalite that is used; the package brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB in memory, behind an HTTP server that does not listen yet. */
  export default function dynalite(options: { createTableMs: number }): Server;
}
