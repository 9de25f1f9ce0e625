import { Args } from "@oclif/core";
import { RainError } from "../runtime/errors.ts";
import type { ServerFlags } from "../runtime/launch/find-server.ts";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";

export default class Tasks extends RainCommand {
  static override summary = "List the task types and content types, or explain one task type.";
  static override description =
    "Lists the types of Rain itself, of the plugins on this machine and, if a server runs, of its workers.";
  static override args = { type: Args.string({ description: "Task type to explain." }) };
  static override flags = serverFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tasks);
    const { findType, knownTypes } = await import("./support/known-types.ts");
    const { renderType, renderTypes } = await import("./ui/tasks/task-types-view.ts");

    const { types, contentTypes } = await knownTypes(await this.#clientIfAny(flags));
    if (args.type === undefined) {
      this.answer(flags.json, { types, contentTypes }, (shown) =>
        renderTypes(shown.types, shown.contentTypes),
      );
    } else {
      const type = findType(types, args.type);
      this.answer(flags.json, type, renderType);
    }
  }

  /** Connects to the server. Returns `undefined` if none runs, unless --server names one. */
  async #clientIfAny(flags: ServerFlags) {
    try {
      return await this.connect(flags);
    } catch (error) {
      const isUnreachable = error instanceof RainError && error.code === "SERVER_UNREACHABLE";
      if (isUnreachable && flags.server === undefined) return undefined;
      throw error;
    }
  }
}
