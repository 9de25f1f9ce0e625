import { Args } from "@oclif/core";
import { RainCommand } from "./base.ts";

export default class Tasks extends RainCommand {
  static override summary = "List the task types and content types known here, or explain one task type.";
  static override args = { type: Args.string({ description: "Task type to explain." }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tasks);
    const { createRegistry } = await import("../runtime/plugin/registry.ts");
    const { builtin } = await import("../tasks/index.ts");
    const { findType, renderType, renderTypes } = await import("./ui/task-types.ts");

    const registry = createRegistry([builtin]);
    if (args.type === undefined) {
      const types = registry.describe();
      const contentTypes = registry.contentTypeNames();
      this.answer(flags.json, { types, contentTypes }, () => renderTypes(types, contentTypes));
    } else {
      const type = findType(registry, args.type);
      this.answer(flags.json, type, () => renderType(type));
    }
  }
}
