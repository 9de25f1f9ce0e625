import { Args, Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { paramFlags } from "./support/flags.ts";

export default class Validate extends RainCommand {
  static override summary = "Check a session file without running it.";
  static override args = {
    file: Args.string({
      required: true,
      description: "Session file in YAML or JSON; - reads stdin.",
    }),
  };
  static override examples = [
    { description: "Check a file", command: "<%= config.bin %> validate pipeline.yml" },
    {
      description: "Draw its graph with Graphviz",
      command: "<%= config.bin %> validate pipeline.yml --graph dot | dot -Tsvg > pipeline.svg",
    },
  ];
  static override flags = {
    ...paramFlags,
    graph: Flags.option({
      summary: "Print the task graph instead of counts.",
      options: ["mermaid", "dot", "json"] as const,
    })(),
    unexpanded: Flags.boolean({
      summary: "Draw all instances of a task with a matrix as one node.",
      dependsOn: ["graph"],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Validate);
    const { paramValues, readSessionFile } = await import("./support/session-input.ts");
    const { NO_TASKS } = await import("../runtime/protocol/messages/index.ts");
    const { installHint } = await import("../runtime/plugin/first-party.ts");
    const { visible } = await import("./ui/terminal/visible.ts");
    const { count } = await import("./ui/terminal/format.ts");
    const { plan, unchecked } = await readSessionFile(args.file, paramValues(flags));
    for (const type of unchecked) {
      const shown = visible(type);
      console.error(
        `warning: the task type ${shown} is not known here, so its tasks are not checked further`,
      );
      const hint = installHint(type);
      if (hint) console.error(`hint:  ${hint}`);
    }
    if (flags.graph) {
      const { graphOf, toDot, toMermaid } = await import("../runtime/session-file/index.ts");
      const graph = graphOf(plan, { expanded: !flags.unexpanded });
      const asJson = flags.json || flags.graph === "json";
      this.answer(asJson, graph, (shown) => (flags.graph === "dot" ? toDot(shown) : toMermaid(shown)));
      return;
    }
    const { name, counts } = plan;
    const { objects, tasks, outputs, kept, saved } = counts;
    const parts = [count(objects, "object"), count(tasks, "task"), count(outputs, "output")];
    this.answer(
      flags.json,
      { name, ...counts, tasks: { ...NO_TASKS, total: tasks, waiting: tasks }, unchecked },
      (shown) => `${shown.name} is valid: ${parts.join(", ")}; ${kept} kept, ${saved} saved.`,
    );
  }
}
