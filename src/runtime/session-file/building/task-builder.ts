import { runTask } from "../../client/graph/run.ts";
import { type DataObject, type OutputOptions, Task, type TaskOptions } from "../../client/graph/values.ts";
import { entryAt } from "../../collections/entry-at.ts";
import { messageOf, RainError } from "../../errors.ts";
import type { TaskType } from "../../plugin/contract/index.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { splitCommand } from "../command/split.ts";
import { checkContentTypeName, type NamedTask } from "../refs/names.ts";
import { isEach, type RefResolver } from "../refs/ref-resolver.ts";
import { needsOf, type Ref, refsOf, takesPaths } from "../refs/refs.ts";
import type { ProgramTask, TaskEntry, TypedTask } from "../schema/tasks.ts";
import { defaultOutputs } from "./default-outputs.ts";
import { locationInTask, locationOfOutput } from "./task-locations.ts";
import { optionsOf } from "./task-options.ts";

/** The outputs of a task type that only workers know: a blob, unless the file declares them. */
const UNKNOWN_TYPE: Pick<TaskType, "outputs"> = { outputs: { fixed: [{}], rest: { dataType: "any" } } };

/** An input of a task, with the ref that names it. */
interface Input {
  ref: Ref;
  /** `undefined` if the ref is wrong. */
  object: DataObject | undefined;
  /** Its path, if the ref has one. */
  path: string;
}

interface TaskInputs {
  inputs: Input[];
  /** Paths of the directories that hold outputs of several instances. */
  directories: string[];
}

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
    const given = this.#inputs(block, entry);
    const needs = needsOf(entry).flatMap(
      ({ text, path }) => this.#resolver.resolveTasks(text, ["tasks", block, ...path]) ?? [],
    );
    // Without a spread: assigning to an object that was made with one is slow.
    const options = optionsOf(key, entry);
    if (needs.length > 0) options.needs = needs;
    const task =
      "run" in entry
        ? this.#program(block, entry, given, options)
        : this.#typed(block, entry, given, options);
    if (!task) return undefined;
    this.#checkLabels(block, entry, task.outputs);
    const isComplete = given.inputs.every(({ object }) => object !== undefined);
    const isWhole = sound && this.#problems.count === problemsBefore && isComplete;
    if (isWhole) this.#check(block, entry, given, task);
    return task;
  }

  #inputs(block: string, entry: TaskEntry): TaskInputs {
    const inputs: Input[] = [];
    const directories: string[] = [];
    for (const ref of refsOf(entry)) {
      const at = ["tasks", block, ...ref.path];
      const path = String(ref.path[1]);
      if (ref.names === "directory") {
        const found = this.#resolver.resolveForPath(ref.text, at);
        if (isEach(found)) {
          directories.push(path);
          for (const { name, object } of found) inputs.push({ ref, object, path: `${path}/${name}` });
        } else inputs.push({ ref, object: found, path });
      } else if (ref.names === "several") {
        const found = this.#resolver.resolveAll(ref.text, at) ?? [undefined];
        for (const object of found) inputs.push({ ref, object, path });
      } else inputs.push({ ref, object: this.#resolver.resolve(ref.text, at), path });
    }
    return { inputs, directories };
  }

  #typed(block: string, entry: TypedTask, given: TaskInputs, own: TaskOptions): Task | undefined {
    const type = this.#registry.canonicalName(entry.type) ?? this.#typeElsewhere(entry.type);
    if (type === undefined) {
      const suggestion = this.#registry.suggest(entry.type);
      const message = `unknown task type ${JSON.stringify(entry.type)}`;
      const location = { path: ["tasks", block, "type"], part: "value" } as const;
      this.#problems.error(location, message, { suggestion, kind: "UNKNOWN_TASK_TYPE" });
      return undefined;
    }
    const { inputs, directories } = given;
    const found = inputs.flatMap(({ object }) => object ?? []);
    const isComplete = found.length === inputs.length;
    const makesDirectory = takesPaths(entry);
    const config = makesDirectory
      ? {
          paths: inputs.flatMap(({ object, path }) => (object ? path : [])),
          ...(directories.length > 0 && { directories }),
        }
      : entry.config;
    const isLabelled = isComplete && !makesDirectory && entry.inputs && !Array.isArray(entry.inputs);
    const labels = isLabelled ? Object.keys(entry.inputs ?? {}) : undefined;
    const defaults = defaultOutputs(type, this.#registry.taskType(type) ?? UNKNOWN_TYPE, config, found);
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
      config,
      outputs: outputs ?? defaults.all,
    };
    return new Task(type, Object.assign(own, options));
  }

  /** Workers may know a type of a plugin or an executor that is not installed here. */
  #typeElsewhere(name: string): string | undefined {
    const [prefix = "", ...rest] = name.split("/");
    return rest.length === 1 && !this.#registry.hasPlugin(prefix) ? name : undefined;
  }

  #program(
    block: string,
    entry: ProgramTask,
    { inputs, directories }: TaskInputs,
    own: TaskOptions,
  ): Task | undefined {
    const args = this.#arguments(block, entry);
    if (!args) return undefined;
    // Inputs that could not be resolved are left out: such a task is not checked further, and never runs.
    const { stdin, files = {}, out = [], stdout, stderr, env, shell } = entry;
    if (stdin !== undefined && inputs[0]?.object?.dataType === "dir") {
      const location = { path: ["tasks", block, "stdin"], part: "value" } as const;
      this.#problems.error(
        location,
        `${JSON.stringify(stdin)} is a directory; a program reads a blob from stdin`,
      );
    }
    const placed: Record<string, DataObject | { object: DataObject; write: true }> = {};
    for (const { ref, object, path } of stdin === undefined ? inputs : inputs.slice(1)) {
      if (!object) continue;
      if (Object.hasOwn(placed, path)) {
        const location = { path: ["tasks", block, ...ref.path.slice(0, 2)], part: "key" } as const;
        this.#problems.error(location, `the input path ${JSON.stringify(path)} is used twice`);
      }
      const file = files[String(ref.path[1])];
      placed[path] = typeof file === "object" && file.write ? { object, write: true } : object;
    }
    out.forEach((output, index) => {
      const contentType = typeof output === "string" ? undefined : output.contentType;
      checkContentTypeName(
        contentType,
        ["tasks", block, "out", index, "contentType"],
        this.#registry,
        this.#problems,
      );
    });
    const options = { files: placed, directories, out, stdout, stderr, env, shell };
    const reads = stdin === undefined ? undefined : inputs[0]?.object;
    // Spreading is slower, which is noticeable with a hundred thousand tasks.
    return runTask("run", args, Object.assign(own, options, reads && { stdin: reads }));
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
  #check(block: string, entry: TaskEntry, given: TaskInputs, { config, inputs, outputs }: Task): void {
    const type = "run" in entry ? "run" : entry.type;
    if (this.#registry.taskType(type) === undefined) return;
    try {
      this.#registry.checkTask({ type, config, inputs, outputs });
    } catch (error) {
      if (!(error instanceof RainError && error.code === "INVALID_GRAPH")) throw error;
      const path = error.details.path as Path;
      const refs = given.inputs.map(({ ref }) => ref);
      const location = locationInTask(entry, { refs, directories: given.directories }, path);
      const isConfig = path[0] === "config" && !("type" in entry && takesPaths(entry));
      const where = "run" in entry ? "" : isConfig ? `${path.join(".")} of ${type}: ` : `${type}: `;
      this.#problems.error(
        { path: ["tasks", block, ...location.path], part: location.part },
        `${where}${error.details.reason}`,
      );
    }
  }
}
