import type { KnownType } from "../../support/known-types.ts";
import { style } from "../terminal/style.ts";
import { list, table } from "../terminal/table.ts";
import { renderSchema } from "./config-schema.ts";

export function renderTypes(types: readonly KnownType[], contentTypes: readonly string[]): string {
  const hasServer = types.some(({ workers }) => workers !== undefined);
  const columns = ["task type", "inputs", "outputs", "from", ...(hasServer ? ["workers"] : []), "does"];
  const rows = types.map(({ name, inputs, outputs, from, workers, summary }) => [
    name,
    inputs,
    outputs,
    from,
    ...(hasServer ? [workers?.join(", ") || "-"] : []),
    summary,
  ]);
  return [
    table(
      columns.map((title) => ({ title })),
      rows,
    ),
    `Content types that can be loaded: ${contentTypes.join(", ")}`,
    style.dim("`rain tasks TYPE` shows the config of a task type."),
  ].join("\n\n");
}

export function renderType(type: KnownType): string {
  const { name, aliases = [], summary, inputs, outputs, from, workers, config } = type;
  const facts: [string, string][] = [
    ["inputs", inputs],
    ["outputs", outputs],
    ["from", from],
  ];
  if (aliases.length > 0) facts.push(["also", aliases.join(", ")]);
  if (workers) facts.push(["workers", workersText(type, workers)]);
  if (config === undefined) facts.push(["config", "none"]);
  const schema = config === undefined ? [] : [`${style.bold("config")}\n${renderSchema(config)}`];
  return [`${style.bold(name)}: ${summary}`, list(facts), ...schema].join("\n\n");
}

function workersText({ plugin }: KnownType, workers: readonly number[]): string {
  if (workers.length > 0) return workers.join(", ");
  return plugin ? "none; workers get it with a session that needs it" : "none";
}
