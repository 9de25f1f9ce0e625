import type { SessionFile } from "../reading/files.ts";
import { pairText, type Selectable, type Selection } from "../refs/refs.ts";

/** The entry of one key of `tasks`: a task, or the instances of a task with a matrix. */
export class Block {
  readonly key: string;
  readonly file: SessionFile;
  /** Present for a task with a matrix. */
  readonly instances: Instances | undefined;
  /** Whether its matrix or its expressions are wrong; that has been reported. */
  isFaulty = false;
  /** Indices of its tasks. */
  readonly tasks: number[] = [];

  constructor(key: string, file: SessionFile, hasMatrix: boolean) {
    this.key = key;
    this.file = file;
    this.instances = hasMatrix ? new Instances(key, this.tasks) : undefined;
  }
}

/** Finds instances of a task by the values of their matrix keys, as text. */
export class Instances implements Selectable {
  /** Matrix keys in order. */
  readonly keys = new Set<string>();
  readonly #block: string;
  readonly #all: number[];
  /** Tasks by key and value. */
  readonly #having = new Map<string, Map<string, number[]>>();
  readonly #byName = new Map<string, number>();

  constructor(block: string, all: number[]) {
    this.#block = block;
    this.#all = all;
  }

  add(name: string, task: number, values: Readonly<Record<string, string>>): void {
    this.#all.push(task);
    this.#byName.set(name, task);
    for (const [key, value] of Object.entries(values)) {
      this.keys.add(key);
      let having = this.#having.get(key);
      if (!having) {
        having = new Map();
        this.#having.set(key, having);
      }
      const tasks = having.get(value);
      if (tasks) tasks.push(task);
      else having.set(value, [task]);
    }
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The tasks of a selection, in order. */
  select(selection: Selection): readonly number[] {
    if (selection === "*" || this.#all.length === 0) return this.#all;
    const whole = this.#byName.get(instanceName(this.#block, selection));
    if (whole !== undefined) return [whole];
    const lists = selection.map(([key, value]) => this.#having.get(key)?.get(value) ?? []);
    const [first = [], ...others] = lists.sort((a, b) => a.length - b.length);
    const rest = others.map((tasks) => new Set(tasks));
    return first.filter((task) => rest.every((tasks) => tasks.has(task)));
  }

  /** The values of a key, in the order of the instances. */
  valuesOf(key: string): string[] {
    return [...(this.#having.get(key)?.keys() ?? [])];
  }
}

/** `train[fold=0,cost=1]`, or `count[file="a[1].txt"]`. */
export function instanceName(
  block: string,
  values: readonly (readonly [key: string, value: string])[],
): string {
  return `${block}[${values.map(pairText).join(",")}]`;
}
