/** Says in the message of what fails which column it is about. */
export function inColumn<Result>(column: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw new Error(`column ${JSON.stringify(column)}: ${error instanceof Error ? error.message : error}`);
  }
}
