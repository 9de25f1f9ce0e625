import { runTask } from "../../client/graph/run.ts";
import { type DataObject, type OutputOptions, Task } from "../../client/graph/values.ts";
import { entryAt } from "../../collections/entry-at.ts";
import { messageOf, RainError } from "../../errors.ts";
import type { TaskType } from "../../plugin/contract/index.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { splitCommand } from "../command/split.ts";
import { checkContentTypeName, type NamedTask } from "../refs/names.ts";
import type { RefResolver } from "../refs/ref-resolver.ts";
import { type Ref, refsOf } from "../refs/refs.ts";
import type { ProgramTask, TaskEntry, TypedTask } from "../schema/tasks.ts";
import { defaultOutputs } from "./default-outputs.ts";
import { locationInTask, locationOfOutput } from "./task-locations.ts";
import { optionsOf } from "./task-options.ts";

/** The outputs of a task type that only workers know: a blob, unless the file declares them. */
const UNKNOWN_TYPE: Pick<TaskType, "outputs"> = { outputs: { fixed: [{}], rest: { dataType: "any" } } };

/** Builds the tasks of a session file, each after the tasks it depends on. */
export class TaskBuilder {
  readonly #registry: Registry;
  readonly #resolver: RefResolver;
  readonly #problems: Problems;

  constructor(registry: Registry, resolver: RefResolver, problems: Problems) {
    this.#registry = registry;
    this.#resolver = resolver;
    this.#problems = problems;
  }

  /** Returns `undefined` if so much is wrong that the outputs are unknown. */
  build(named: NamedTask): Task | undefined {
    this.#problems.file = named.file;
    this.#problems.instance = named.key === named.block ? undefined : named.key;
    const task = named.entry && this.#build(named, named.entry);
    this.#problems.instance = undefined;
    return task;
  }

  #build({ key, block, sound }: NamedTask, entry: TaskEntry): Task | undefined {
    const problemsBefore = this.#problems.count;
    const { refs, inputs } = this.#inputs(block, entry);
    const task =
      "run" in entry ? this.#program(key, block, entry, inputs) : this.#typed(key, block, entry, inputs);
    if (!task) return undefined;
    this.#checkLabels(block, entry, task.outputs);
    const isWhole = sound && this.#problems.count === problemsBefore && !inputs.includes(undefined);
    if (isWhole) this.#check(block, entry, refs, task);
    return task;
  }

  /** The inputs of a task, each with the ref that names it. */
  #inputs(block: string, entry: TaskEntry): { refs: Ref[]; inputs: (DataObject | undefined)[] } {
    const refs: Ref[] = [];
    const inputs: (DataObject | undefined)[] = [];
    for (const ref of refsOf(entry)) {
      const path = ["tasks", block, ...ref.path];
      const found = ref.several
        ? (this.#resolver.resolveAll(ref.text, path) ?? [undefined])
        : [this.#resolver.resolve(ref.text, path)];
      for (const input of found) {
        refs.push(ref);
        inputs.push(input);
      }
    }
    return { refs, inputs };
  }

  #typed(key: string, block: string, entry: TypedTask, inputs: (DataObject | undefined)[]): Task | undefined {
    const type = this.#registry.canonicalName(entry.type) ?? this.#typeElsewhere(entry.type);
    if (type === undefined) {
      const suggestion = this.#registry.suggest(entry.type);
      const message = `unknown task type ${JSON.stringify(entry.type)}`;
      const location = { path: ["tasks", block, "type"], part: "value" } as const;
      this.#problems.error(location, message, { suggestion, kind: "UNKNOWN_TASK_TYPE" });
      return undefined;
    }
    const found = inputs.filter((input) => input !== undefined);
    const isComplete = found.length === inputs.length;
    const labels =
      isComplete && entry.inputs && !Array.isArray(entry.inputs) ? Object.keys(entry.inputs) : undefined;
    const defaults = defaultOutputs(type, this.#registry.taskType(type) ?? UNKNOWN_TYPE, entry.config, found);
    const outputs = entry.outputs?.map((output, index): OutputOptions => {
      const given = typeof output === "string" ? { label: output } : output;
      checkContentTypeName(
        given.contentType,
        ["tasks", block, "outputs", index, "contentType"],
        this.#registry,
        this.#problems,
      );
      const { dataType, contentType } = defaults.of(index);
      return { dataType, contentType, ...given };
    });
    const options = {
      inputs: labels
        ? Object.fromEntries(labels.map((label, index) => [label, entryAt(found, index)]))
        : found,
      config: entry.config,
      outputs: outputs ?? defaults.all,
    };
    return new Task(type, Object.assign(optionsOf(key, entry), options));
  }

  /** Workers may know a type of a plugin or an executor that is not installed here. */
  #typeElsewhere(name: string): string | undefined {
    const [prefix = "", ...rest] = name.split("/");
    return rest.length === 1 && !this.#registry.hasPlugin(prefix) ? name : undefined;
  }

  #program(
    key: string,
    block: string,
    entry: ProgramTask,
    inputs: (DataObject | undefined)[],
  ): Task | undefined {
    const args = this.#arguments(block, entry);
    if (!args) return undefined;
    // Inputs that could not be resolved are left out: such a task is not checked further, and never runs.
    const { stdin, files = {}, out = [], stdout, stderr, env, shell } = entry;
    if (stdin !== undefined && inputs[0]?.dataType === "dir") {
      const location = { path: ["tasks", block, "stdin"], part: "value" } as const;
      this.#problems.error(
        location,
        `${JSON.stringify(stdin)} is a directory; a program reads a blob from stdin`,
      );
    }
    const fileInputs = stdin === undefined ? inputs : inputs.slice(1);
    const placed = Object.entries(files).flatMap(([path, file], index) => {
      const object = fileInputs[index];
      if (!object) return [];
      return [[path, typeof file === "string" || !file.write ? object : { object, write: true }] as const];
    });
    out.forEach((output, index) => {
      const contentType = typeof output === "string" ? undefined : output.contentType;
      checkContentTypeName(
        contentType,
        ["tasks", block, "out", index, "contentType"],
        this.#registry,
        this.#problems,
      );
    });
    const options = { files: Object.fromEntries(placed), out, stdout, stderr, env, shell };
    const reads = stdin === undefined ? undefined : inputs[0];
    // Spreading is slower, which is noticeable with a hundred thousand tasks.
    return runTask("run", args, Object.assign(optionsOf(key, entry), options, reads && { stdin: reads }));
  }

  #arguments(block: string, { run: command, shell }: ProgramTask): string[] | undefined {
    if (typeof command !== "string") return command;
    if (shell) return [command];
    try {
      return splitCommand(command);
    } catch (error) {
      this.#problems.error(
        { path: ["tasks", block, "run"], part: "value" },
        `cannot split this command: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  #checkLabels(block: string, entry: TaskEntry, outputs: readonly DataObject[]): void {
    if (outputs.length < 2) return;
    const seen = new Set<string>();
    outputs.forEach(({ label }, index) => {
      if (label && seen.has(label)) {
        const { path, part } = locationOfOutput(entry, index, label);
        this.#problems.error(
          { path: ["tasks", block, ...path], part },
          `two outputs of task "${block}" have the label ${JSON.stringify(label)}; give one of them another label`,
        );
      }
      seen.add(label);
    });
  }

  /** Runs the checks of the task type itself. */
  #check(block: string, entry: TaskEntry, refs: readonly Ref[], { config, inputs, outputs }: Task): void {
    const type = "run" in entry ? "run" : entry.type;
    if (this.#registry.taskType(type) === undefined) return;
    try {
      this.#registry.checkTask({ type, config, inputs, outputs });
    } catch (error) {
      if (!(error instanceof RainError && error.code === "INVALID_GRAPH")) throw error;
      const path = error.details.path as Path;
      const location = locationInTask(entry, refs, path);
      const where =
        "run" in entry ? "" : path[0] === "config" ? `${path.join(".")} of ${type}: ` : `${type}: `;
      this.#problems.error(
        { path: ["tasks", block, ...location.path], part: location.part },
        `${where}${error.details.reason}`,
      );
    }
  }
}
