import { checkCbor } from "../../protocol/codec/check-cbor.ts";
import { encode } from "../../protocol/codec/codec.ts";
import type { ObjectSpec, SparseTexts, SparseValues, TaskKind } from "../../protocol/messages/index.ts";
import { misuse } from "../check/misuse.ts";
import type { TaskSettings } from "../graph/settings.ts";
import { type DataObject, describe, type Task } from "../graph/values.ts";

/** The declaration of an object without empty fields. */
export function specOf({ label, contentType, dataType, user }: DataObject): ObjectSpec {
  return {
    ...(label && { label }),
    ...(contentType && { contentType }),
    dataType,
    ...(user !== undefined && { user }),
  };
}

/** The distinct kinds of tasks in a chunk. */
export class KindTable {
  readonly kinds: TaskKind[] = [];
  readonly groups: string[] = [""];
  /** Approximate number of bytes. */
  bytes = 0;
  readonly #numbers = new Map<string, number>();
  /** The last task of each type. The next task of the type is usually of the same kind. */
  readonly #latest = new Map<string, { task: Task; number: number }>();
  readonly #groupNumbers = new Map<string, number>([["", 0]]);

  /** The number of the task's kind. */
  add(task: Task): number {
    const latest = this.#latest.get(task.type);
    if (latest && isSameKind(latest.task, task)) return latest.number;
    const key = keyOf(task);
    const number = this.#numbers.get(key) ?? this.#insert(key, task);
    this.#latest.set(task.type, { task, number });
    return number;
  }

  #insert(key: string, task: Task): number {
    const number = this.kinds.length;
    this.#numbers.set(key, number);
    this.bytes += key.length;
    this.kinds.push({
      type: task.type,
      resources: { cpus: 1, ...task.options.resources },
      ...limitsOf(task.options),
      ...(task.inputLabels && { inputLabels: [...task.inputLabels] }),
      outputs: task.outputs.map(specOf),
      group: this.#group(task.options.group ?? ""),
    });
    return number;
  }

  #group(name: string): number {
    const known = this.#groupNumbers.get(name);
    if (known !== undefined) return known;
    this.#groupNumbers.set(name, this.groups.length);
    return this.groups.push(name) - 1;
  }
}

/** The options of a task that limit where and how it runs, if given. */
function limitsOf({ where, priority, retries, timeout }: TaskSettings): Partial<TaskKind> {
  return {
    ...(where && { where }),
    ...(priority && { priority }),
    ...(retries && { retries }),
    ...(timeout !== undefined && { timeout }),
  };
}

/**
 * Quickly checks whether two tasks of one type are of one kind. May return false for tasks with equal keys.
 */
function isSameKind(one: Task, other: Task): boolean {
  if (one.inputLabels || other.inputLabels || one.outputs.length !== other.outputs.length) return false;
  if (one.options !== other.options && !haveSameLimits(one.options, other.options)) return false;
  for (let i = 0; i < one.outputs.length; i++) {
    const a = one.outputs[i];
    const b = other.outputs[i];
    if (a?.label !== b?.label || a?.contentType !== b?.contentType) return false;
    if (a?.dataType !== b?.dataType || a?.user !== b?.user) return false;
  }
  return true;
}

function haveSameLimits(one: TaskSettings, other: TaskSettings): boolean {
  return (
    one.group === other.group &&
    one.resources === other.resources &&
    one.where === other.where &&
    one.priority === other.priority &&
    one.retries === other.retries &&
    one.timeout === other.timeout
  );
}

/** A key that is equal for tasks of one kind. Built by hand for speed, since there are many tasks. */
function keyOf({ type, options, inputLabels, outputs }: Task): string {
  const { resources, where, priority, retries, timeout } = options;
  let key = `${type}\0${resources?.cpus ?? 1}\0${options.group ?? ""}`;
  if (priority || retries || timeout !== undefined) {
    const rule = typeof retries === "object" ? JSON.stringify(retries) : retries;
    key += `\0${priority}\0${rule}\0${timeout}`;
  }
  if (where || resources?.memory || resources?.named) key += `\0${JSON.stringify([where, resources])}`;
  for (const { label, contentType, dataType, user } of outputs) {
    key += `\0\0${label}\0${contentType}\0${dataType}`;
    if (user !== undefined) key += `\0${JSON.stringify(user)}`;
  }
  if (inputLabels) key += `\0\0\0${inputLabels.join("\0")}`;
  return key;
}

/** Configs as CBOR items in one growing buffer. Tasks that share a config value share its item. */
export class ConfigTable {
  #bytes = Buffer.allocUnsafe(1024);
  readonly #starts = [0];
  readonly #numbers = new Map<unknown, number>();

  /** Returns 0 for no config, or 1 + its index. @throws USAGE for a value that is neither JSON nor bytes */
  add(task: Task): number {
    const { config } = task;
    if (config === undefined) return 0;
    const known = this.#numbers.get(config);
    if (known !== undefined) return known;
    this.#append(encodeJson(config, () => `the config of ${describe(task)}`));
    const number = this.#starts.length - 1;
    this.#numbers.set(config, number);
    return number;
  }

  get bytes(): number {
    return this.#starts.at(-1) ?? 0;
  }

  finish(): { start: Uint32Array; bytes: Uint8Array } {
    return { start: Uint32Array.from(this.#starts), bytes: this.#bytes.subarray(0, this.bytes) };
  }

  #append(item: Uint8Array): void {
    const start = this.bytes;
    const end = start + item.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.#bytes.set(item, start);
    this.#starts.push(end);
  }
}

/** @throws USAGE */
function encodeJson(value: unknown, what: () => string): Uint8Array {
  try {
    const item = encode(value);
    checkCbor(item);
    return item;
  } catch (error) {
    throw misuse(`${what()} cannot be sent: it may contain only JSON values and bytes`, { cause: error });
  }
}

/** Values of some rows, added in the order of the rows. */
export class SparseColumn<T> {
  readonly #of: number[] = [];
  readonly #values: T[] = [];

  add(number: number, value: T | undefined): void {
    if (value === undefined || value === "") return;
    this.#of.push(number);
    this.#values.push(value);
  }

  finish(): { of: Uint32Array; values: T[] } {
    return { of: Uint32Array.from(this.#of), values: this.#values };
  }
}

/** The `user` values of tasks: any JSON value. */
export class UserColumn {
  bytes = 0;
  readonly #column = new SparseColumn<unknown>();

  /** @throws USAGE for a value that is neither JSON nor bytes */
  add(number: number, task: Task): void {
    const { user } = task.options;
    if (user === undefined) return;
    this.bytes += encodeJson(user, () => `the user value of ${describe(task)}`).length;
    this.#column.add(number, user);
  }

  finish(): SparseValues {
    const { of, values } = this.#column.finish();
    return { of, value: values };
  }
}

export function sparseTexts(column: SparseColumn<string>): SparseTexts {
  const { of, values } = column.finish();
  return { of, text: values };
}
