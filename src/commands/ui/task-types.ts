import { RainError } from "../../runtime/errors.ts";
import type { Registry } from "../../runtime/plugin/registry.ts";
import type { TaskTypeInfo } from "../../runtime/protocol/client-messages.ts";
import { style } from "./style.ts";
import { list, table } from "./table.ts";

/** @throws UNKNOWN_TASK_TYPE */
export function findType(registry: Registry, name: string): TaskTypeInfo {
  const canonical = registry.canonicalName(name);
  const found = registry.describe().find((type) => type.name === canonical);
  if (found) return found;
  const suggestion = registry.suggest(name);
  throw new RainError("UNKNOWN_TASK_TYPE", `there is no task type ${JSON.stringify(name)}`, {
    hint: suggestion ? `Did you mean ${suggestion}?` : "`rain tasks` lists those that are known here.",
  });
}

export function renderTypes(types: readonly TaskTypeInfo[], contentTypes: readonly string[]): string {
  const columns = [{ title: "task type" }, { title: "inputs" }, { title: "outputs" }, { title: "does" }];
  const rows = types.map(({ name, inputs, outputs, summary }) => [name, inputs, outputs, summary]);
  return [
    table(columns, rows),
    `Content types that can be loaded: ${contentTypes.join(", ")}`,
    style.dim("`rain tasks TYPE` shows what a task type takes as config."),
  ].join("\n\n");
}

export function renderType({ name, summary, inputs, outputs, config }: TaskTypeInfo): string {
  const facts: [string, string][] = [
    ["inputs", inputs],
    ["outputs", outputs],
  ];
  if (config === undefined) facts.push(["config", "none"]);
  const schema = config === undefined ? [] : [`${style.dim("config")}\n${JSON.stringify(config, null, 2)}`];
  return [`${style.bold(name)}: ${summary}`, list(facts), ...schema].join("\n\n");
}
