import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";
import { loadSessionFile, type SessionPlan } from "../../../../src/runtime/session-file/index.ts";
import { builtin } from "../../../../src/tasks/index.ts";

export const fixtures = new URL("../../../fixtures/session-files/", import.meta.url).pathname;
export const registry = createRegistry([builtin]);

/** Loads a session file that is written in the test; its paths start from the fixtures. */
export function load(text: string, name = "test.yml"): SessionPlan {
  return loadSessionFile({ text, name, baseDir: fixtures }, { registry });
}

/** The same of a value, as JSON. */
export function loadValue(value: unknown): SessionPlan {
  return load(JSON.stringify(value), "test.json");
}

/** What a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("it throws nothing");
}
