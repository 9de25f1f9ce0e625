import { RainError } from "../../runtime/errors.ts";
import { suggest } from "../../runtime/plugin/suggest.ts";

/** Suggests a similar flag if the error of oclif is about flags that do not exist. */
export function withSuggestion(error: unknown, known: readonly string[]): unknown {
  if (!(error instanceof Error && "flags" in error && Array.isArray(error.flags))) return error;
  for (const flag of error.flags) {
    const name = String(flag).replace(/^-+/, "").replace(/=.*$/s, "");
    const near = suggest(name, known);
    if (near === undefined) continue;
    const [message = ""] = error.message.split("\nSee more help");
    return new RainError("USAGE", message, { hint: `Did you mean \`--${near}\`?` });
  }
  return error;
}
