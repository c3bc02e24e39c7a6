/** Errors without their stacks, for programs that run thousands of nights and replay the one that matters. */

/**
 * Runs `work` while no error of this process takes down where it was made, and brings that back however it ends. The
 * engine throws and catches an error for every path that leads to a text or a number, and a stack is most of its price.
 */
export async function withoutStackTraces<T>(work: () => Promise<T>): Promise<T> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
