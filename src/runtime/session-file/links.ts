import type { DataObject, Task } from "../client/values.ts";
import type { Names } from "./names.ts";
import { dependencyOrder } from "./order.ts";
import type { Path, Problems } from "./problems.ts";
import { type ParsedRef, parseRef, refsOf } from "./refs.ts";

/** The tasks by index, each after those it needs. Circles are reported. */
export function orderTasks({ tasks, taskIndex }: Names, problems: Problems): number[] {
  const needs = tasks.map(({ entry }) => {
    if (!entry) return [];
    const names = refsOf(entry).map(({ text }) => parseRef(text)?.name ?? "");
    return names.map((name) => taskIndex.get(name)).filter((index) => index !== undefined);
  });
  return dependencyOrder(needs, (cycle) => {
    const closing = tasks[cycle[cycle.length - 1]];
    const ref = refsOf(closing.entry!).find(({ text }) => parseRef(text)?.name === tasks[cycle[0]].key)!;
    const names = [...cycle, cycle[0]].map((index) => tasks[index].key);
    const shown = names.length <= 10 ? names : [...names.slice(0, 5), "…", ...names.slice(-4)];
    const message = cycle.length === 1 ? "a task cannot need its own output" : "these tasks need each other";
    problems.error(
      { path: ["tasks", closing.key, ...ref.path], part: "value" },
      `${message}: ${shown.join(" → ")}`,
    );
  });
}

/** Finds what refs name, among the objects and the tasks that are built so far. */
export class Linker {
  readonly #names: Names;
  readonly #objects: ReadonlyMap<string, DataObject | undefined>;
  readonly #tasks: readonly (Task | undefined)[];
  readonly #problems: Problems;
  readonly #used = new Set<string>();

  constructor(
    names: Names,
    objects: ReadonlyMap<string, DataObject | undefined>,
    tasks: readonly (Task | undefined)[],
    problems: Problems,
  ) {
    this.#names = names;
    this.#objects = objects;
    this.#tasks = tasks;
    this.#problems = problems;
  }

  /** Whether any ref has named this object of the file. */
  isUsed(object: string): boolean {
    return this.#used.has(object);
  }

  /** `undefined` when the ref names nothing, which is reported, or when what it names is at fault itself. */
  resolve(text: string, path: Path): DataObject | undefined {
    const ref = parseRef(text);
    if (!ref) return this.#fault(path, explainSyntax(text));
    const { name, index, label } = ref;
    const isWhole = index === undefined && label === undefined;
    if (this.#objects.has(name)) {
      this.#used.add(name);
      if (isWhole) return this.#objects.get(name);
      return this.#fault(path, `"${name}" is an object, not a task with outputs: write "${name}"`);
    }
    const taskIndex = this.#names.taskIndex.get(name);
    if (taskIndex === undefined) {
      const nearest = this.#problems.nearest(name, this.#allNames());
      return this.#fault(path, `there is no object or task "${name}"`, nearest);
    }
    const task = this.#tasks[taskIndex];
    if (!task) return undefined;
    return isWhole ? this.#onlyOutput(task, name, path) : this.#output(task, text, ref, path);
  }

  *#allNames(): Iterable<string> {
    yield* this.#objects.keys();
    yield* this.#names.taskIndex.keys();
  }

  #onlyOutput({ outputs }: Task, name: string, path: Path): DataObject | undefined {
    if (outputs.length === 1) return outputs[0];
    if (outputs.length === 0) return this.#fault(path, `task "${name}" has no output`);
    return this.#fault(
      path,
      `task "${name}" has ${outputs.length} outputs; say which: ${listOutputs(name, outputs)}`,
    );
  }

  #output({ outputs }: Task, text: string, { name, index, label }: ParsedRef, path: Path) {
    const found = index === undefined ? outputs.find((output) => output.label === label) : outputs[index];
    if (found) return found;
    if (outputs.length === 0) return this.#fault(path, `task "${name}" has no output`);
    const labels = outputs.map((output) => output.label).filter((known) => known !== "");
    const nearest = label && this.#problems.nearest(label, labels);
    return this.#fault(
      path,
      `there is no "${text}"; the outputs of "${name}" are ${listOutputs(name, outputs)}`,
      nearest && `${name}.${nearest}`,
    );
  }

  #fault(path: Path, message: string, suggestion?: string): undefined {
    this.#problems.error({ path, part: "value" }, message, { suggestion });
    return undefined;
  }
}

function explainSyntax(text: string): string {
  if (/^[\w-]+\[(\*|[\w-]+=[^\]]*)\]/.test(text)) {
    return `references to several instances of a task, as ${JSON.stringify(text)}, come with a later version of Rain`;
  }
  return `${JSON.stringify(text)} is no reference: write the name of an object or a task, or task[0] or task.label for one of several outputs`;
}

const SHOWN = 12;

/** `chunks.first, chunks[1]`: refs that would do. */
function listOutputs(name: string, outputs: readonly DataObject[]): string {
  const refs = outputs
    .slice(0, SHOWN)
    .map(({ label }, index) => (label ? `${name}.${label}` : `${name}[${index}]`));
  return outputs.length > SHOWN ? `${refs.join(", ")} and ${outputs.length - SHOWN} more` : refs.join(", ");
}
