import type { DataObject, Task } from "../../client/graph/values.ts";
import { entryAt } from "../../collections/entry-at.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import type { Block, Instances } from "../expansion/block.ts";
import { instanceFileName } from "./file-name.ts";
import type { Names, Objects } from "./names.ts";
import { type ParsedRef, pairText, parseRef, type Selection } from "./refs.ts";

/** The outputs of instances of a task, each with a name for its file and with the ref that names it alone. */
export type InstanceOutputs = readonly { name: string; ref: string; object: DataObject }[];

// `Array.isArray` does not narrow a union with lists that cannot be changed.
export const isEach = (found: DataObject | InstanceOutputs | undefined): found is InstanceOutputs =>
  Array.isArray(found);

/** Resolves refs to outputs of the tasks built so far, and to objects. */
export class RefResolver {
  readonly #names: Names;
  readonly #objects: Objects;
  readonly #tasks: readonly (Task | undefined)[];
  readonly #problems: Problems;
  readonly #used = new Set<string>();

  constructor(names: Names, objects: Objects, tasks: readonly (Task | undefined)[], problems: Problems) {
    this.#names = names;
    this.#objects = objects;
    this.#tasks = tasks;
    this.#problems = problems;
  }

  /** Whether a ref has named this object of the file. */
  isUsed(object: string): boolean {
    return this.#used.has(object);
  }

  /**
   * Returns `undefined` if the ref does not name one object, after reporting that, or if the named entry
   * itself is wrong.
   */
  resolve(text: string, path: Path): DataObject | undefined {
    const found = this.resolveAll(text, path);
    if (!found || found.length === 1) return found?.[0];
    const { name, selection } = this.#parse(text) ?? { name: text };
    const instances = this.#names.blocks.get(name)?.instances;
    const which = instances && selection ? `; choose one: ${this.#listInstances(instances, selection)}` : "";
    return this.#fault(
      path,
      `${JSON.stringify(text)} names ${found.length} objects where one is needed${which}`,
    );
  }

  /**
   * The one object that a ref names, or the outputs of the instances that it selects. `[*]` always selects instances,
   * even if there is only one, or none; values do if several instances have them. `undefined` as for `resolve`.
   */
  resolveForPath(text: string, path: Path): DataObject | InstanceOutputs | undefined {
    const objects = this.resolveAll(text, path);
    if (!objects || objects.includes(undefined)) return undefined;
    const found = objects.filter((object) => object !== undefined);
    const ref = this.#parse(text);
    const block = ref && this.#names.blocks.get(ref.name);
    if (!block?.instances || ref?.selection === undefined) return found[0];
    const { instances } = block;
    const { selection } = ref;
    if (found.length === 1 && selection !== "*") return found[0];
    const keys = instances.select(selection).map((index) => entryAt(this.#names.tasks, index).key);
    return found.map((object, index) => {
      const key = entryAt(keys, index);
      return {
        name: instanceFileName(key, instances),
        ref: `${key}${endOf(ref)}`,
        object,
      };
    });
  }

  /** The tasks that a ref names: a task, or all or some of its instances. `undefined` as for `resolve`. */
  resolveTasks(text: string, path: Path): Task[] | undefined {
    const ref = this.#parse(text);
    if (!ref) return this.#fault(path, `${JSON.stringify(text)} is not the name of a task`);
    const { name, selection } = ref;
    const block = this.#names.blocks.get(name);
    if (!block) {
      if (this.#objects.has(name)) return this.#fault(path, `"${name}" is an object; name a task`);
      const nearest = this.#problems.nearest(name, this.#names.blocks.keys());
      return this.#fault(path, `there is no task "${name}"`, nearest);
    }
    if (ref.index !== undefined || ref.label !== undefined)
      return this.#fault(path, `${JSON.stringify(text)} is an output; name the task`, name);
    if (block.isFaulty) return undefined;
    const isWhole = selection === undefined && block.instances !== undefined;
    const selected = isWhole ? block.tasks : this.#selected(block, ref, path);
    const tasks = selected?.map((index) => this.#tasks[index]);
    return tasks?.includes(undefined) ? undefined : tasks?.filter((task) => task !== undefined);
  }

  #parse(text: string): ParsedRef | undefined {
    return parseRef(text, (name) => this.#names.blocks.get(name)?.instances);
  }

  /** All objects that a ref names, in order. There are none if a matrix has no values. `undefined` as for `resolve`. */
  resolveAll(text: string, path: Path): (DataObject | undefined)[] | undefined {
    const ref = this.#parse(text);
    if (!ref) return this.#fault(path, explainSyntax(text));
    const { name } = ref;
    if (this.#objects.has(name)) return this.#object(ref, path);
    const block = this.#names.blocks.get(name);
    if (!block) {
      const nearest = this.#problems.nearest(name, this.#allNames());
      return this.#fault(path, `there is no object or task "${name}"`, nearest);
    }
    if (block.isFaulty) return undefined;
    const selected = this.#selected(block, ref, path);
    if (!selected) return undefined;
    const outputs: (DataObject | undefined)[] = [];
    for (const index of selected) {
      const task = this.#tasks[index];
      const output = task && this.#outputOf(task, ref, path);
      if (!output) return undefined;
      outputs.push(output);
    }
    return outputs;
  }

  #object({ name, selection, index, label }: ParsedRef, path: Path): [DataObject | undefined] | undefined {
    this.#used.add(name);
    if (selection === undefined && index === undefined && label === undefined) {
      const object = this.#objects.get(name);
      return object && [object];
    }
    return this.#fault(path, `"${name}" is an object, not a task with outputs; write "${name}"`);
  }

  #selected(block: Block, ref: ParsedRef, path: Path): readonly number[] | undefined {
    const { key, instances } = block;
    const { selection } = ref;
    if (!instances) {
      if (selection === undefined) return block.tasks;
      return this.#fault(path, `task "${key}" has no matrix and so no instances; write "${key}"`);
    }
    if (selection === undefined) {
      const rest = endOf(ref);
      const [first] = block.tasks;
      const instance = first === undefined ? undefined : entryAt(this.#names.tasks, first).key;
      const one = instance === undefined ? "" : `one of its instances, such as "${instance}${rest}", or `;
      return this.#fault(path, `task "${key}" has a matrix; name ${one}all of them: "${key}[*]${rest}"`);
    }
    // A matrix without values has no instances, and no selection of them is wrong.
    if (block.tasks.length === 0) return block.tasks;
    const unknown = selection === "*" ? undefined : selection.find(([name]) => !instances.keys.has(name));
    if (unknown) {
      const nearest = this.#problems.nearest(unknown[0], instances.keys);
      return this.#fault(
        path,
        `the matrix of "${key}" has no key "${unknown[0]}"; it has ${[...instances.keys].join(", ")}`,
        nearest,
      );
    }
    const selected = instances.select(selection);
    return selected.length > 0 ? selected : this.#fault(path, explainNone(key, instances, selection));
  }

  #outputOf(task: Task, { name, index, label, selection }: ParsedRef, path: Path): DataObject | undefined {
    const { outputs } = task;
    const stem = selection === undefined ? name : `${name}[${selectionText(selection)}]`;
    if (outputs.length === 0) return this.#fault(path, `task "${name}" has no outputs`);
    if (index === undefined && label === undefined) {
      if (outputs.length === 1) return outputs[0];
      const message = `task "${name}" has ${outputs.length} outputs; choose one: ${listOutputs(stem, outputs)}`;
      return this.#fault(path, message);
    }
    const found = index === undefined ? outputs.find((output) => output.label === label) : outputs[index];
    if (found) return found;
    const labels = outputs.map((output) => output.label).filter((known) => known !== "");
    const nearest = label && this.#problems.nearest(label, labels);
    const text = label === undefined ? `${stem}[${index}]` : `${stem}.${label}`;
    return this.#fault(
      path,
      `there is no "${text}"; the outputs of "${name}" are ${listOutputs(stem, outputs)}`,
      nearest && `${stem}.${nearest}`,
    );
  }

  *#allNames(): Iterable<string> {
    yield* this.#objects.keys();
    yield* this.#names.blocks.keys();
  }

  #listInstances(instances: Instances, selection: Selection): string {
    const names = instances.select(selection).map((index) => entryAt(this.#names.tasks, index).key);
    const shown = names.slice(0, 3).join(", ");
    return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
  }

  #fault(path: Path, message: string, suggestion?: string): undefined {
    this.#problems.error({ path, part: "value" }, message, { suggestion });
    return undefined;
  }
}

/** The end of a ref, which chooses an output. */
function endOf({ index, label }: Pick<ParsedRef, "index" | "label">): string {
  if (label !== undefined) return `.${label}`;
  return index === undefined ? "" : `[${index}]`;
}

function selectionText(selection: Selection): string {
  return selection === "*" ? "*" : selection.map(pairText).join(",");
}

function explainNone(task: string, instances: Instances, selection: Selection): string {
  const pairs = selection === "*" ? [] : selection;
  for (const [key, value] of pairs) {
    const values = instances.valuesOf(key);
    if (values.includes(value)) continue;
    return `no instance of "${task}" has ${key}=${value}; the values of "${key}" are ${listed(values)}`;
  }
  return `no instance of "${task}" has ${selectionText(selection).replaceAll(",", " and ")}`;
}

function explainSyntax(text: string): string {
  return `${JSON.stringify(text)} is not a reference; write the name of an object or a task, or task[0] or task.label for one of several outputs`;
}

const SHOWN = 12;

/** The refs of the outputs: `chunks.first, chunks[1]`. */
function listOutputs(name: string, outputs: readonly DataObject[]): string {
  const refs = outputs
    .slice(0, SHOWN)
    .map(({ label }, index) => (label ? `${name}.${label}` : `${name}[${index}]`));
  return outputs.length > SHOWN ? `${refs.join(", ")} and ${outputs.length - SHOWN} more` : refs.join(", ");
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, SHOWN).join(", ");
  return values.length > SHOWN ? `${shown} and ${values.length - SHOWN} more` : shown;
}
