/** A copy of what a task's code gave, without what is no JSON. `undefined` when nothing of it is, as for a cycle. */
export function plainJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}
