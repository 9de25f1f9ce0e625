/* The values that describe a graph: tasks, data objects, programs and remote functions. */

import { encodeText } from "../../content-types/built-in/text.ts";
import { messageOf, RainError } from "../../errors.ts";
import type { DataType, Resources, RetryRule, Where } from "../../protocol/messages/index.ts";
import type { Fetching } from "../fetch/fetching.ts";

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
  user?: unknown;
}

export interface OutputOptions {
  label?: string | undefined;
  contentType?: string | undefined;
  dataType?: DataType | undefined;
  keep?: boolean | undefined;
}

export interface TaskOptions {
  /** Name for output. `/` separates the levels of a hierarchy. */
  name?: string | undefined;
  group?: string | undefined;
  /** Key for refs, like the name of a task in a session file. Unique in its session. */
  key?: string | undefined;
  resources?: Partial<Resources> | undefined;
  where?: Where | undefined;
  /** Ready tasks with a higher priority start earlier. Default: 0. */
  priority?: number | undefined;
  /**
   * How often to retry a failed task, on another worker if one can run it. A number retries without delay.
   * Default: 0.
   */
  retries?: number | RetryRule | undefined;
  /** Maximum seconds of a run. */
  timeout?: number | undefined;
  /** Any JSON value. */
  user?: unknown;
  /** Keep every output. */
  keep?: boolean | undefined;
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
  update(tasks: readonly Task[]): Promise<void>;
}

/** An immutable blob or directory: a constant, or an output of a task. A plain value until it is submitted. */
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
  /** Set by submit, together with `number`. */
  session: Owner | undefined;
  number: number | undefined;
  #kept: boolean;

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
    if (this.session)
      throw new RainError("USAGE", `${describe(this)} is already submitted; call keep() before submit`);
    this.#kept = true;
    return this;
  }

  /** Frees the object at once, unless a task still needs it. @throws NOT_KEPT, NOT_SUBMITTED */
  async unkeep(): Promise<void> {
    const owner = ownerOf(this);
    if (!this.#kept) throw new RainError("NOT_KEPT", `${describe(this)} is not kept`);
    await owner.unkeep([this]);
    this.#kept = false;
  }

  /** Waits until the object exists. @throws NOT_SUBMITTED, and the error that ended its session */
  async wait(options?: { signal?: AbortSignal }): Promise<void> {
    await ownerOf(this).wait(this, options);
  }

  /**
   * Waits for the object and fetches its bytes.
   * @throws NOT_KEPT, NOT_SUBMITTED, and the error that ended its session
   */
  fetch(options?: { signal?: AbortSignal }): Fetching {
    const owner = ownerOf(this);
    if (!this.#kept)
      throw new RainError("NOT_KEPT", `${describe(this)} is not kept, so it cannot be fetched`);
    return owner.fetch(this, options);
  }
}

const ONE_BLOB: readonly OutputOptions[] = [{}];
const NO_INPUTS: readonly DataObject[] = Object.freeze([]);
const NO_OPTIONS: TaskOptions = Object.freeze({});

/** Copies only the options. There can be a million tasks, most of them without options. */
function optionsOf(task: TaskOptions): TaskOptions {
  const { name, group, key, resources, where, priority, retries, timeout, user, keep } = task;
  const given = name ?? group ?? key ?? resources ?? where ?? priority ?? retries ?? timeout ?? user ?? keep;
  if (given === undefined) return NO_OPTIONS;
  return { name, group, key, resources, where, priority, retries, timeout, user, keep };
}

/** A task: a plain value until it is submitted. */
export class Task {
  readonly type: string;
  readonly config: unknown;
  readonly inputs: readonly DataObject[];
  /** One per input, or none at all. */
  readonly inputLabels: readonly string[] | undefined;
  readonly outputs: readonly DataObject[];
  readonly options: TaskOptions;
  /** Set by submit, together with `number`. */
  session: Owner | undefined;
  number: number | undefined;
  /** Everything known about the run at the last `update`. */
  info: import("../../protocol/messages/index.ts").TaskInfo | undefined;

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
    this.options = optionsOf(task);
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
      throw new RainError(
        "USAGE",
        `${describe(this)} has ${this.outputs.length} outputs; choose one with .out(index or label)`,
      );
    }
    return output;
  }

  /** An output by index or label. @throws USAGE when there is no such output */
  out(which: number | string): DataObject {
    const found =
      typeof which === "number" ? this.outputs[which] : this.outputs.find((output) => output.label === which);
    if (!found) throw new RainError("USAGE", `${describe(this)} has no output ${JSON.stringify(which)}`);
    return found;
  }

  /** Keeps every output. Only before submit. */
  keep(): this {
    for (const output of this.outputs) output.keep();
    return this;
  }

  /**
   * Waits until the task has finished.
   * @throws NOT_SUBMITTED, TASK_FAILED, and other errors that ended its session
   */
  async wait(options?: { signal?: AbortSignal }): Promise<void> {
    await ownerOf(this).wait(this, options);
  }

  /** Updates `info`. */
  async update(): Promise<void> {
    await ownerOf(this).update([this]);
  }
}

function isList(inputs: Inputs): inputs is readonly ObjectLike[] {
  return Array.isArray(inputs);
}

export function asObject(value: ObjectLike): DataObject {
  return value instanceof Task ? value.output : value;
}

function ownerOf(value: DataObject | Task): Owner {
  if (value.session) return value.session;
  throw new RainError("NOT_SUBMITTED", `${describe(value)} is not submitted`);
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

/**
 * A constant with these bytes. A string is encoded as UTF-8, or in the encoding of its content type
 * `text-<ENCODING>`.
 */
export function blob(data: string | Uint8Array, options: ObjectOptions = {}): DataObject {
  const bytes = typeof data === "string" ? encode(data, options.contentType) : data;
  const contentType = options.contentType ?? (typeof data === "string" ? "text" : "");
  return new DataObject({ source: { kind: "bytes", bytes } }, { ...options, contentType });
}

/** @throws USAGE when the encoding is unknown or lacks a character of the text */
function encode(text: string, contentType = ""): Uint8Array {
  try {
    return encodeText(text, contentType);
  } catch (error) {
    throw new RainError("USAGE", `this cannot be a blob: ${messageOf(error)}`);
  }
}

/** A constant with the content of a file on this machine. The file is read at submit. */
export function file(path: string, options: ObjectOptions = {}): DataObject {
  return new DataObject({ source: { kind: "file", path } }, options);
}

/** A constant with the content of a directory on this machine. The directory is read at submit. */
export function directory(path: string, options: ObjectOptions = {}): DataObject {
  return new DataObject({ source: { kind: "dir", path } }, { ...options, dataType: "dir" });
}
