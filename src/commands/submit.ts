import { Args, Flags, type Interfaces } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { paramFlags, serverFlags, timeoutFlag } from "./support/flags.ts";
import type { ProgressView } from "./ui/progress/progress-view.ts";

type SubmitFlags = Interfaces.InferredFlags<typeof Submit.flags> & { json: boolean };

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
    const { createProgressView } = await import("./ui/progress/progress-view.ts");
    const view = createProgressView();
    try {
      await this.#submit(args.file, flags, view);
    } finally {
      view.end();
    }
  }

  async #submit(file: string, flags: SubmitFlags, view: ProgressView): Promise<void> {
    const { paramValues, readSessionFile } = await import("./support/session-input.ts");
    const { checkOutput, explainUnknownType, outcomeOf, runToEnd, submitPlan } = await import(
      "../runtime/run-file/index.ts"
    );
    const { blockedWarning } = await import("./ui/tasks/blocked-view.ts");
    const { count } = await import("./ui/terminal/format.ts");
    const { visible } = await import("./ui/terminal/visible.ts");

    const { ship, detach } = flags;
    view.step(`Reading ${visible(file)}`);
    const { plan } = await readSessionFile(file, paramValues(flags), view);
    if (!flags["dry-run"] && !detach) await checkOutput(flags.output, plan);
    const client = await this.connect(flags, { patient: true });
    const { onFailure, tasks, save } = plan;
    const sending = `Sending ${count(tasks.length, "task")}`;
    view.step(sending);
    if (flags["dry-run"]) {
      const { renderPlacement } = await import("./ui/tasks/placement-view.ts");
      const values = [...tasks, ...save.map(({ object }) => object)];
      const placement = await client.place(values, { signal: this.signal, ship }).catch(async (error) => {
        throw await explainUnknownType(error);
      });
      view.end();
      process.exitCode = placement.blocked.length > 0 ? 1 : 0;
      this.answer(flags.json, placement, renderPlacement);
      return;
    }
    const name = flags.name ?? plan.name;
    const onSent = (sent: number) => view.step(sending, `${Math.floor((sent / tasks.length) * 100)} %`);
    const session = await client.newSession({
      name,
      detached: detach,
      retain: true,
      onFailure,
      ship,
      onSent,
    });
    await submitPlan(session, plan, this.signal);
    if (detach) {
      const { renderDetached } = await import("./ui/sessions/outcome-view.ts");
      const outcome = outcomeOf(await session.status());
      view.end();
      this.answer(flags.json, outcome, (shown) =>
        renderDetached(shown, visible(save.map(({ path, ref }) => ({ path, ref })))),
      );
      return;
    }
    const { outcome, error } = await runToEnd(session, {
      plan,
      directory: flags.output,
      signal: this.signal,
      onProgress: (progress) => view.show(visible(progress)),
      onBlocked: (blocked) => view.print(blockedWarning(visible(blocked))),
    });
    view.end();
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
