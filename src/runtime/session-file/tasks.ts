import { run } from "../client/tasks.ts";
import { type DataObject, type OutputOptions, Task, type TaskOptions } from "../client/values.ts";
import { messageOf, RainError } from "../errors.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Linker } from "./links.ts";
import { checkContentTypeName, type Named } from "./names.ts";
import { defaultOutputs } from "./outputs.ts";
import type { Path, Problems } from "./problems.ts";
import { type Ref, refsOf } from "./refs.ts";
import type { ProgramTask, TaskEntry, TypedTask } from "./schema.ts";
import { splitCommand } from "./split-command.ts";
import { placeInTask, placeOfOutput } from "./task-places.ts";

/** Makes the tasks of a session file, each after those that it needs. */
export class TaskBuilder {
  readonly #registry: Registry;
  readonly #linker: Linker;
  readonly #problems: Problems;

  constructor(registry: Registry, linker: Linker, problems: Problems) {
    this.#registry = registry;
    this.#linker = linker;
    this.#problems = problems;
  }

  /** `undefined` when too little of it is right to tell what its outputs are. */
  build(named: Named<TaskEntry>): Task | undefined {
    const { key, entry } = named;
    if (!entry) return undefined;
    const problemsBefore = this.#problems.count;
    const refs = refsOf(entry);
    const inputs = refs.map(({ text, path }) => this.#linker.resolve(text, ["tasks", key, ...path]));
    const task = "run" in entry ? this.#program(key, entry, inputs) : this.#typed(key, entry, inputs);
    if (!task) return undefined;
    this.#checkLabels(key, entry, task.outputs);
    const isWhole = named.sound && this.#problems.count === problemsBefore && !inputs.includes(undefined);
    if (isWhole) this.#check(key, entry, refs, task);
    return task;
  }

  #typed(key: string, entry: TypedTask, inputs: (DataObject | undefined)[]): Task | undefined {
    const type = this.#registry.canonicalName(entry.type);
    if (type === undefined) {
      const suggestion = this.#registry.suggest(entry.type);
      const message = `unknown task type ${JSON.stringify(entry.type)}`;
      const place = { path: ["tasks", key, "type"], part: "value" } as const;
      this.#problems.error(place, message, { suggestion, kind: "UNKNOWN_TASK_TYPE" });
      return undefined;
    }
    const found = inputs.filter((input) => input !== undefined);
    const isComplete = found.length === inputs.length;
    const labels =
      isComplete && entry.inputs && !Array.isArray(entry.inputs) ? Object.keys(entry.inputs) : undefined;
    const defaults = defaultOutputs(type, this.#registry.taskType(type)!, entry.config, found);
    const outputs = entry.outputs?.map((output, index): OutputOptions => {
      const given = typeof output === "string" ? { label: output } : output;
      checkContentTypeName(
        given.contentType,
        ["tasks", key, "outputs", index, "contentType"],
        this.#registry,
        this.#problems,
      );
      return { dataType: defaults.of(index).dataType, ...given };
    });
    return new Task(type, {
      ...optionsOf(key, entry),
      inputs: labels ? Object.fromEntries(labels.map((label, index) => [label, found[index]])) : found,
      config: entry.config,
      outputs: outputs ?? defaults.all,
    });
  }

  #program(key: string, entry: ProgramTask, inputs: (DataObject | undefined)[]): Task | undefined {
    const args = this.#arguments(key, entry);
    if (!args) return undefined;
    // What could not be found is left out: such a task is not checked further, and never runs.
    const { stdin, files = {}, out = [], stdout, stderr, env, shell } = entry;
    if (stdin !== undefined && inputs[0]?.dataType === "dir") {
      const place = { path: ["tasks", key, "stdin"], part: "value" } as const;
      this.#problems.error(
        place,
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
        ["tasks", key, "out", index, "contentType"],
        this.#registry,
        this.#problems,
      );
    });
    return run(args, {
      ...optionsOf(key, entry),
      ...(stdin !== undefined && inputs[0] && { stdin: inputs[0] }),
      files: Object.fromEntries(placed),
      out,
      stdout,
      stderr,
      env,
      shell,
    });
  }

  #arguments(key: string, { run: command, shell }: ProgramTask): string[] | undefined {
    if (typeof command !== "string") return command;
    if (shell) return [command];
    try {
      return splitCommand(command);
    } catch (error) {
      this.#problems.error(
        { path: ["tasks", key, "run"], part: "value" },
        `cannot split this command: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  #checkLabels(key: string, entry: TaskEntry, outputs: readonly DataObject[]): void {
    if (outputs.length < 2) return;
    const seen = new Set<string>();
    outputs.forEach(({ label }, index) => {
      if (label && seen.has(label)) {
        const { path, part } = placeOfOutput(entry, index, label);
        this.#problems.error(
          { path: ["tasks", key, ...path], part },
          `two outputs of task "${key}" have the label ${JSON.stringify(label)}; give one of them another label`,
        );
      }
      seen.add(label);
    });
  }

  /** What the task type itself has to say. */
  #check(key: string, entry: TaskEntry, refs: readonly Ref[], { config, inputs, outputs }: Task): void {
    const type = "run" in entry ? "run" : entry.type;
    try {
      this.#registry.checkTask({ type, config, inputs, outputs });
    } catch (error) {
      if (!(error instanceof RainError && error.code === "INVALID_GRAPH")) throw error;
      const path = error.details.path as Path;
      const place = placeInTask(entry, refs, path);
      const where =
        "run" in entry ? "" : path[0] === "config" ? `${path.join(".")} of ${type}: ` : `${type}: `;
      this.#problems.error(
        { path: ["tasks", key, ...place.path], part: place.part },
        `${where}${error.details.reason}`,
      );
    }
  }
}

function optionsOf(
  key: string,
  { name, group, keep, resources, user }: TaskEntry,
): TaskOptions & { key: string } {
  return { key, name, group, keep, resources, user };
}
