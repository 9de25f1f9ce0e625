import { Args, Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { paramFlags, serverFlags, timeoutFlag } from "./support/flags.ts";

export default class Submit extends RainCommand {
  static override summary = "Run a session file and save its results.";
  static override description =
    "Ctrl-C cancels the session. After it ends, the session and its kept objects stay until `rain close`.";
  static override examples = [
    {
      description: "Run a pipeline and save its results in another directory",
      command: "<%= config.bin %> submit pipeline.yml --output results",
    },
    {
      description: "Set a parameter of the file",
      command: "<%= config.bin %> submit pipeline.yml --set chunks=5",
    },
    { description: "Submit without waiting", command: "<%= config.bin %> submit pipeline.yml --detach" },
  ];
  static override args = {
    file: Args.string({
      required: true,
      description: "Session file in YAML or JSON; - reads stdin.",
    }),
  };
  static override flags = {
    ...serverFlags,
    ...paramFlags,
    "help-params": Flags.boolean({ summary: "Show the parameters of the file; run nothing." }),
    name: Flags.string({ summary: "Name of the session. Default: the name in the file." }),
    output: Flags.string({
      char: "o",
      summary: "Directory for saved objects.",
      helpValue: "DIR",
      default: ".",
    }),
    detach: Flags.boolean({
      char: "d",
      summary: "Do not wait: print the id of the session and leave it running.",
    }),
    "dry-run": Flags.boolean({
      summary: "Run nothing; show which worker would run which tasks. Exit code 1 if a task cannot run.",
    }),
    ship: Flags.boolean({
      summary:
        "Send plugins to workers that lack them. With --no-ship, only workers that have a plugin run its tasks.",
      allowNo: true,
      default: true,
    }),
    timeout: timeoutFlag("Cancel the session after this time, with exit code 5."),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Submit);
    if (flags["help-params"]) return this.#helpParams(args.file, flags.json);
    await this.limit(flags.timeout);
    const { paramValues, readSessionFile } = await import("./support/session-input.ts");
    const { checkOutput, explainUnknownType, outcomeOf, runToEnd, submitPlan } = await import(
      "../runtime/run-file/index.ts"
    );
    const { renderDetached } = await import("./ui/sessions/outcome-view.ts");
    const { createProgressView } = await import("./ui/sessions/progress-view.ts");
    const { visible } = await import("./ui/terminal/visible.ts");
    const { warnBlocked } = await import("./ui/tasks/blocked-view.ts");

    const { plan } = await readSessionFile(args.file, paramValues(flags));
    if (!flags["dry-run"] && !flags.detach) await checkOutput(flags.output, plan);
    const { ship } = flags;
    const client = await this.connect(flags, { patient: true });
    if (flags["dry-run"]) {
      const { renderPlacement } = await import("./ui/tasks/placement-view.ts");
      const values = [...plan.tasks, ...plan.save.map(({ object }) => object)];
      const placement = await client.place(values, { signal: this.signal, ship }).catch(async (error) => {
        throw await explainUnknownType(error);
      });
      process.exitCode = placement.blocked.length > 0 ? 1 : 0;
      this.answer(flags.json, placement, renderPlacement);
      return;
    }
    const name = flags.name ?? plan.name;
    const { onFailure } = plan;
    const session = await client.newSession({ name, detached: flags.detach, retain: true, onFailure, ship });
    await submitPlan(session, plan, this.signal);
    if (flags.detach) {
      const outcome = outcomeOf(await session.status());
      this.answer(flags.json, outcome, (shown) => renderDetached(shown, visible(plan.save)));
      return;
    }
    const view = createProgressView();
    const { outcome, error } = await runToEnd(session, {
      plan,
      directory: flags.output,
      signal: this.signal,
      onProgress: (progress) => view.show(visible(progress)),
      onBlocked: (blocked) => warnBlocked(visible(blocked)),
    }).finally(() => view.end());
    await this.answerOutcome(flags.json, outcome, error);
  }

  async #helpParams(file: string, json: boolean): Promise<void> {
    const { readSessionParams } = await import("./support/session-input.ts");
    const { renderParams } = await import("./ui/sessions/params-view.ts");
    const { visible } = await import("./ui/terminal/visible.ts");
    const params = await readSessionParams(file);
    this.answer(json, { params }, (shown) => renderParams(visible(file), shown.params));
  }
}
