/* The values that describe a graph: tasks and data objects. */

import { RainError } from "../../errors.ts";
import type { DataObjectInfo, DataType, TaskInfo } from "../../protocol/messages/index.ts";
import { misuse, wrongArgument } from "../check/misuse.ts";
import { checkArgument } from "../check/options.ts";
import { waitOptions } from "../check/schemas.ts";
import type { Fetching } from "../fetch/fetching.ts";
import { type TaskOptions as SettingOptions, settingsOf, type TaskSettings } from "./settings.ts";

export interface TaskOptions extends SettingOptions {
  /** Tasks that have to finish before this one starts, although it uses none of their outputs. */
  needs?: readonly Task[] | undefined;
}

/** The source of the bytes of a constant. */
export type ConstantSource =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "file"; path: string }
  | { kind: "dir"; path: string };

export interface ObjectOptions {
  label?: string | undefined;
  contentType?: string | undefined;
  /** Key for refs, like the name of an object in a session file. */
  key?: string | undefined;
  /** Keep the object. */
  keep?: boolean | undefined;
  /** Any JSON value. */
  user?: unknown;
}

export interface OutputOptions {
  label?: string | undefined;
  contentType?: string | undefined;
  dataType?: DataType | undefined;
  keep?: boolean | undefined;
  /** Any JSON value. */
  user?: unknown;
}

/** An object, or a task with exactly one output, which is used as this output. */
export type ObjectLike = DataObject | Task;

/** Inputs in order, or by label. */
export type Inputs = readonly ObjectLike[] | Readonly<Record<string, ObjectLike>>;

/** The methods that values need from their session. */
export interface Owner {
  fetch(object: DataObject, options?: { signal?: AbortSignal }): Fetching;
  wait(value: DataObject | Task, options?: { signal?: AbortSignal }): Promise<void>;
  unkeep(objects: readonly DataObject[]): Promise<void>;
  update(values: readonly (Task | DataObject)[]): Promise<void>;
}

/** A session that has an object, with the number of the object there. */
export interface Binding {
  owner: Owner;
  number: number;
  kept: boolean;
}

/**
 * An immutable blob or directory: a constant, or an output of a task. A plain value until it is submitted. A
 * constant belongs to the program: it can be submitted again, to any session.
 */
export class DataObject {
  readonly label: string;
  readonly contentType: string;
  readonly dataType: DataType;
  readonly key: string | undefined;
  readonly user: unknown;
  /** Bytes of a constant. Absent for outputs. */
  readonly source: ConstantSource | undefined;
  /** Task of an output. Absent for constants. */
  readonly producer: Task | undefined;
  /** The session that it was submitted to last. Set by submit, together with `number`. */
  session: Owner | undefined;
  number: number | undefined;
  /** Everything known about the object at the last `update`. */
  info: DataObjectInfo | undefined;
  #kept: boolean;
  /** Where a constant was submitted before, by session. */
  #before: WeakMap<Owner, Binding> | undefined;

  /** @param origin its bytes or its task; neither for an object that a session already has */
  constructor(origin: { source?: ConstantSource; producer?: Task }, options: ObjectOptions & OutputOptions) {
    this.source = origin.source;
    this.producer = origin.producer;
    this.label = options.label ?? "";
    this.contentType = options.contentType ?? "";
    this.dataType = options.dataType ?? "blob";
    this.key = options.key;
    this.user = options.user;
    this.#kept = options.keep ?? false;
  }

  /** Whether the run of its task may refine its declared content type to a subtype. */
  get mayBeRefined(): boolean {
    return this.producer !== undefined;
  }

  get kept(): boolean {
    return this.#kept;
  }

  /** Keeps the object on the cluster until `unkeep` or the end of its session. Only before submit. */
  keep(): this {
    if (this.session) throw misuse(`${describe(this)} is already submitted; call keep() before submit`);
    this.#kept = true;
    return this;
  }

  /** Frees the object at once, unless a task still needs it. Before submit, it takes `keep` back. @throws NOT_KEPT */
  async unkeep(): Promise<void> {
    if (!this.#kept) throw notKept(this);
    if (this.session) await this.session.unkeep([this]);
    else this.#kept = false;
  }

  /** Waits until the object exists. @throws NOT_SUBMITTED, and the error that ended its session */
  async wait(options: { signal?: AbortSignal } = {}): Promise<void> {
    checkArgument("object.wait", "options", waitOptions, options);
    await ownerOf(this).wait(this, options);
  }

  /** Updates `info`. @throws NOT_SUBMITTED, and the error that ended its session */
  async update(): Promise<void> {
    await ownerOf(this).update([this]);
  }

  /**
   * Waits for the object and fetches its bytes.
   * @throws NOT_KEPT, NOT_SUBMITTED, and the error that ended its session
   */
  fetch(options: { signal?: AbortSignal } = {}): Fetching {
    checkArgument("object.fetch", "options", waitOptions, options);
    const owner = ownerOf(this);
    if (!this.#kept)
      throw new RainError("NOT_KEPT", `${describe(this)} is not kept, so it cannot be fetched`);
    return owner.fetch(this, options);
  }

  /** Where a session has it, if it does. @internal */
  bindingIn(owner: Owner): Binding | undefined {
    if (this.session !== owner) return this.#before?.get(owner);
    return this.number === undefined ? undefined : { owner, number: this.number, kept: this.#kept };
  }

  /** Makes a session the one that has it. Returns where it was before. @internal */
  bind(owner: Owner, number: number): Binding | undefined {
    const before = this.session && this.bindingIn(this.session);
    if (before && before.owner !== owner) {
      this.#before ??= new WeakMap();
      this.#before.set(before.owner, before);
    }
    this.session = owner;
    this.number = number;
    return before;
  }

  /** Undoes `bind`. @internal */
  unbind(owner: Owner, before: Binding | undefined): void {
    this.#before?.delete(owner);
    if (this.session !== owner) return;
    this.session = before?.owner;
    this.number = before?.number;
  }

  /** Notes that the session no longer keeps it. @internal */
  released(owner: Owner): void {
    const before = this.#before?.get(owner);
    if (before) before.kept = false;
    if (this.session === owner || this.session === undefined) this.#kept = false;
  }
}

const ONE_BLOB: readonly OutputOptions[] = [{}];
const NO_TASKS: readonly Task[] = Object.freeze([]);
const NO_INPUTS: readonly DataObject[] = Object.freeze([]);

/** A task: a plain value until it is submitted. */
export class Task {
  readonly type: string;
  readonly config: unknown;
  readonly inputs: readonly DataObject[];
  /** One per input, or none at all. */
  readonly inputLabels: readonly string[] | undefined;
  readonly outputs: readonly DataObject[];
  readonly options: TaskSettings;
  /** Tasks that have to finish before. */
  readonly needs: readonly Task[];
  /** Set by submit, together with `number`. */
  session: Owner | undefined;
  number: number | undefined;
  /** Everything known about the run at the last `update`. */
  info: TaskInfo | undefined;

  /** Checks nothing. Programs make tasks with functions, which check what they get. */
  constructor(
    type: string,
    task: {
      inputs?: Inputs | undefined;
      config?: unknown;
      outputs?: readonly OutputOptions[] | undefined;
    } & TaskOptions,
  ) {
    const { inputs = [], outputs = ONE_BLOB } = task;
    this.type = type.includes("/") ? type : `builtin/${type}`;
    this.config = task.config;
    this.options = settingsOf(task);
    this.needs = task.needs?.length ? [...task.needs] : NO_TASKS;
    if (isList(inputs)) {
      this.inputs = inputs.length > 0 ? inputs.map(asObject) : NO_INPUTS;
      this.inputLabels = undefined;
    } else {
      this.inputs = Object.values(inputs).map(asObject);
      this.inputLabels = Object.keys(inputs);
    }
    const origin = { producer: this };
    this.outputs = outputs.map((output) => {
      const object = new DataObject(origin, output);
      return task.keep && output.keep === undefined ? object.keep() : object;
    });
  }

  /** The only output. @throws USAGE when there is none or more than one */
  get output(): DataObject {
    const [output] = this.outputs;
    if (output === undefined || this.outputs.length !== 1) {
      throw misuse(
        `${describe(this)} has ${this.outputs.length} outputs; choose one with .out(index or label)`,
      );
    }
    return output;
  }

  /** An output by index or label. @throws USAGE when there is no such output */
  out(which: number | string): DataObject {
    if (typeof which !== "number" && typeof which !== "string")
      throw wrongArgument("task.out", "which", "the index or the label of an output", which);
    const found =
      typeof which === "number" ? this.outputs[which] : this.outputs.find((output) => output.label === which);
    if (found) return found;
    const known = this.outputs.map(({ label }, i) => label || String(i)).join(", ");
    throw misuse(
      `${describe(this)} has no output ${typeof which === "number" ? which : JSON.stringify(which)}; it has ${known || "none"}`,
    );
  }

  /** Keeps every output. Only before submit. */
  keep(): this {
    for (const output of this.outputs) output.keep();
    return this;
  }

  /** Frees every output, as `unkeep` of an object. @throws NOT_KEPT if one of them is not kept */
  async unkeep(): Promise<void> {
    const missing = this.outputs.find(({ kept }) => !kept);
    if (missing) throw notKept(missing);
    if (this.session) await this.session.unkeep(this.outputs);
    else for (const output of this.outputs) await output.unkeep();
  }

  /**
   * Waits until the task has finished.
   * @throws NOT_SUBMITTED, TASK_FAILED, and other errors that ended its session
   */
  async wait(options: { signal?: AbortSignal } = {}): Promise<void> {
    checkArgument("task.wait", "options", waitOptions, options);
    await ownerOf(this).wait(this, options);
  }

  /** Updates `info`. @throws NOT_SUBMITTED, and the error that ended its session */
  async update(): Promise<void> {
    await ownerOf(this).update([this]);
  }
}

function isList(inputs: Inputs): inputs is readonly ObjectLike[] {
  return Array.isArray(inputs);
}

export function isObjectLike(value: unknown): value is ObjectLike {
  return value instanceof Task || value instanceof DataObject;
}

export function asObject(value: ObjectLike): DataObject {
  return value instanceof Task ? value.output : value;
}

function ownerOf(value: DataObject | Task): Owner {
  if (value.session) return value.session;
  throw new RainError("NOT_SUBMITTED", `${describe(value)} is not submitted`);
}

export function notKept(object: DataObject): RainError {
  return new RainError("NOT_KEPT", `${describe(object)} is not kept`);
}

/** Names a value in messages by its key, name, label or type. */
export function describe(value: DataObject | Task): string {
  if (value instanceof Task) return `task ${value.options.name ?? value.options.key ?? value.type}`;
  if (value.producer) {
    const label = value.label || String(value.producer.outputs.indexOf(value));
    return `output ${label} of ${describe(value.producer)}`;
  }
  return `object ${value.key ?? (value.label || "constant")}`;
}
