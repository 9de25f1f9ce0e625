/** Adds the name of the column to the message of an error. */
export function inColumn<Result>(column: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw new Error(`column ${JSON.stringify(column)}: ${error instanceof Error ? error.message : error}`);
  }
}
