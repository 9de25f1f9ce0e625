import type { ContentTypeLookup } from "../content-types/lookup.ts";
import { RainError } from "../errors.ts";
import { abortable } from "../platform/abort.ts";
import type { OnFailure, SessionProgress, SessionStatus, TaskStory } from "../protocol/messages/index.ts";
import { misuse, wrongArgument } from "./check/misuse.ts";
import { checkArgument } from "./check/options.ts";
import { name as nameSchema, taskRef, waitOptions } from "./check/schemas.ts";
import type { Connection } from "./connection/connection.ts";
import { Fetching } from "./fetch/fetching.ts";
import type { Transfers } from "./fetch/transfers.ts";
import { DataObject, describe, isObjectLike, notKept, Task } from "./graph/values.ts";
import { watchProgress } from "./progress.ts";
import type { Submittable } from "./submit/collect.ts";
import { submitGraph } from "./submit/submit-graph.ts";

export interface SessionOptions {
  name?: string;
  /** The session continues without its client. */
  detached?: boolean;
  /** The session and its kept objects stay after its end, until it is closed. */
  retain?: boolean;
  /**
   * A failed task stops the session (`stop`, the default), or only the tasks that need its outputs
   * (`continue`). With `continue`, a wait throws the error of the task that it waits for, and `waitAll`
   * throws one error about all failed tasks.
   */
  onFailure?: OnFailure;
  /** Whether workers get plugins that are installed here from the server if they lack them. Default: true. */
  ship?: boolean;
  /** Called with the number of tasks of a submit that are sent, after each part of a large graph. */
  onSent?: ((tasks: number) => void) | undefined;
}

/** Maximum attempts of a fetch if the server dies before it answers. */
const MAX_DOWNLOADS = 5;

export interface WaitOptions {
  signal?: AbortSignal;
}

/** Options that a `Client` passes to a new session. */
export interface SessionOrigin {
  id: number;
  name: string;
  connection: Connection;
  transfers: Transfers;
  contentTypes: ContentTypeLookup;
  /** Whether `Symbol.asyncDispose` closes it. */
  closeOnDispose: boolean;
  /** Whether workers get plugins of this machine if they lack them. */
  ship: boolean;
  onSent?: SessionOptions["onSent"];
  /**
   * Whether another client opened it. Submits are then rejected, since the numbers of its tasks are unknown
   * here.
   */
  isAttached: boolean;
}

/**
 * A graph that grows by submits and runs on the cluster. After it has failed or was cancelled, its methods
 * throw the error that ended it. All methods throw SERVER_LOST when the connection is lost.
 */
export class Session {
  readonly id: number;
  readonly name: string;
  readonly #origin: SessionOrigin;
  /** Settles when the current submit has succeeded or failed. */
  #submitting: Promise<void> = Promise.resolve();
  #nextTask = 0;
  #nextObject = 0;

  constructor(origin: SessionOrigin) {
    this.id = origin.id;
    this.name = origin.name;
    this.#origin = origin;
  }

  /** Number of tasks submitted so far. */
  get taskCount(): number {
    return this.#nextTask;
  }

  /**
   * Submits tasks with everything they depend on. Values that were submitted before are not sent again.
   * @throws NOT_KEPT for an input of an earlier submit that is not kept, IO for a file that cannot be read,
   * INVALID_GRAPH, UNKNOWN_TASK_TYPE, LIMIT_EXCEEDED; then nothing is submitted
   */
  submit(...values: Submittable[]): Promise<void> {
    const done = this.#submitting.then(() => this.#submit(values));
    this.#submitting = done.catch(() => {});
    return done;
  }

  /** Ends submission. The session finishes when its tasks have finished. */
  async seal(): Promise<void> {
    await this.#submitting;
    await this.#origin.connection.call("seal", { session: this.id });
  }

  /** Waits until all of these exist. */
  async wait(
    values: Task | DataObject | readonly (Task | DataObject)[],
    options: WaitOptions = {},
  ): Promise<void> {
    checkArgument("session.wait", "options", waitOptions, options);
    const list = listOf("session.wait", values);
    if (list.length > 0) await this.#wait(list, "all", options);
  }

  /** Waits for everything submitted so far. */
  async waitAll(options: WaitOptions = {}): Promise<void> {
    checkArgument("session.waitAll", "options", waitOptions, options);
    await this.#wait([], "all", options);
  }

  /** Waits until at least one of these exists, and returns all that exist, in the given order. */
  async waitSome<T extends Task | DataObject>(values: readonly T[], options: WaitOptions = {}): Promise<T[]> {
    checkArgument("session.waitSome", "options", waitOptions, options);
    if (listOf("session.waitSome", values).length === 0) return [];
    const { tasks, objects } = await this.#wait(values, "some", options);
    const doneTasks = new Set(tasks);
    const doneObjects = new Set(objects);
    return values.filter((value) =>
      (value instanceof Task ? doneTasks : doneObjects).has(this.#numberOf(value)),
    );
  }

  /**
   * Frees objects, and the outputs of tasks, unless a task still needs them. Of objects that are not submitted yet, it takes `keep` back.
   * @throws NOT_KEPT; then it frees none
   */
  async unkeep(values: readonly (Task | DataObject)[]): Promise<void> {
    const list = listOf("session.unkeep", values).flatMap((value) =>
      value instanceof Task ? value.outputs : [value],
    );
    await this.#submitting;
    const submitted = list.filter((object) => object.session !== undefined);
    for (const object of list) if (!object.session && !object.kept) throw notKept(object);
    if (submitted.length > 0) {
      const numbers = Uint32Array.from(submitted, (object) => this.#numberOf(object));
      await this.#origin.connection.call("unkeep", { session: this.id, objects: numbers }).catch((error) => {
        // The server knows only numbers.
        const missing = submitted.find((object) => !object.bindingIn(this)?.kept);
        throw error instanceof RainError && error.code === "NOT_KEPT" && missing ? notKept(missing) : error;
      });
    }
    for (const object of list) object.released(this);
  }

  /** Updates `info` of tasks and objects. */
  async update(values: readonly (Task | DataObject)[]): Promise<void> {
    const list = listOf("session.update", values);
    await this.#submitting;
    const { connection } = this.#origin;
    const tasks = list.filter((value) => value instanceof Task);
    const objects = list.filter((value) => value instanceof DataObject);
    const numbersOf = (all: readonly (Task | DataObject)[]) =>
      Uint32Array.from(all, (value) => this.#numberOf(value));
    const [taskNumbers, objectNumbers] = [numbersOf(tasks), numbersOf(objects)];
    if (tasks.length > 0) {
      const answer = await connection.call("taskInfo", { session: this.id, tasks: taskNumbers });
      tasks.forEach((task, i) => {
        task.info = answer.tasks[i];
      });
    }
    if (objects.length > 0) {
      const answer = await connection.call("objectInfo", { session: this.id, objects: objectNumbers });
      objects.forEach((object, i) => {
        object.info = answer.objects[i];
      });
    }
  }

  /** Waits for a kept object and fetches its bytes. */
  fetch(object: DataObject, options: WaitOptions = {}): Fetching {
    if (!(object instanceof DataObject))
      throw wrongArgument("session.fetch", "object", "a data object", object);
    checkArgument("session.fetch", "options", waitOptions, options);
    const { signal } = options;
    const { connection, transfers, contentTypes } = this.#origin;
    const open = async () => {
      await abortable(this.#submitting, signal);
      for (let attempt = 1; ; attempt++) {
        try {
          return await transfers.download(this.id, this.#numberOf(object), signal);
        } catch (error) {
          if (RainError.from(error).code !== "SERVER_LOST" || attempt === MAX_DOWNLOADS) throw error;
          // Waits until the server is back.
          await connection.call("findSession", { ref: this.id }, { signal });
        }
      }
    };
    return new Fetching(describe(object), open, contentTypes);
  }

  /**
   * Finds a kept object of this session, even if another client submitted it.
   * @param ref such as `report`, `chunks[0]`, `chunks.last`, or `#17` for its number
   * @throws NOT_FOUND, NOT_KEPT
   */
  async objectByRef(ref: string): Promise<DataObject> {
    checkArgument("session.objectByRef", "ref", nameSchema, ref);
    const found = await this.#origin.connection.call("resolveRef", { session: this.id, ref });
    const { label, contentType, dataType, kept: keep } = found;
    const object = new DataObject({}, { key: ref, label, contentType, dataType, keep });
    object.session = this;
    object.number = found.object;
    return object;
  }

  status(): Promise<SessionStatus> {
    return this.#origin.connection.call("sessionStatus", { session: this.id });
  }

  /**
   * Explains why a task waits, failed, ran again, or ran on its worker.
   * @param task a task of this session, or its key, name or number
   */
  async why(task: Task | string | number): Promise<TaskStory> {
    if (!(task instanceof Task)) checkArgument("session.why", "task", taskRef, task);
    const ref = task instanceof Task ? this.#numberOf(task) : task;
    return this.#origin.connection.call("why", { session: this.id, task: ref });
  }

  /** Yields the progress at once and whenever it changes, until the session has ended. */
  progress(options: WaitOptions = {}): AsyncIterableIterator<SessionProgress> {
    checkArgument("session.progress", "options", waitOptions, options);
    return watchProgress(this.#origin.connection, this.id, options.signal);
  }

  /** Stops its tasks. Kept objects stay. */
  async cancel(): Promise<void> {
    await this.#origin.connection.call("cancel", { session: this.id });
  }

  /** Stops its tasks, frees its objects and removes the session. */
  async close(): Promise<void> {
    const { connection } = this.#origin;
    await connection.call("close", { session: this.id });
    connection.disown(this.id);
  }

  /** Closes the session, unless it is detached, retained, or opened by another client. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#origin.closeOnDispose) return;
    await this.close().catch((error) => {
      const isGone =
        error instanceof RainError && (error.code === "SERVER_LOST" || error.code === "SESSION_CLOSED");
      if (!isGone) throw error;
    });
  }

  async #submit(values: readonly Submittable[]): Promise<void> {
    const { connection, transfers, isAttached, ship, onSent } = this.#origin;
    if (isAttached) {
      throw misuse(`session ${this.id} accepts tasks only from the client that opened it`);
    }
    const { nextTask, nextObject } = await submitGraph(
      {
        owner: this,
        session: this.id,
        connection,
        transfers,
        ship,
        onSent,
        nextTask: this.#nextTask,
        nextObject: this.#nextObject,
      },
      values,
    );
    this.#nextTask = nextTask;
    this.#nextObject = nextObject;
  }

  async #wait(values: readonly (Task | DataObject)[], mode: "all" | "some", { signal }: WaitOptions) {
    await abortable(this.#submitting, signal);
    const tasks: number[] = [];
    const objects: number[] = [];
    for (const value of values) (value instanceof Task ? tasks : objects).push(this.#numberOf(value));
    return this.#origin.connection.call(
      "wait",
      { session: this.id, tasks: Uint32Array.from(tasks), objects: Uint32Array.from(objects), mode },
      { signal },
    );
  }

  #numberOf(value: Task | DataObject): number {
    if (value.number === undefined)
      throw new RainError("NOT_SUBMITTED", `${describe(value)} is not submitted`);
    const number = value instanceof Task ? value.number : value.bindingIn(this)?.number;
    if (number === undefined || (value instanceof Task && value.session !== this))
      throw misuse(`${describe(value)} belongs to another session`);
    return number;
  }
}

/** One value or a list of values. @throws USAGE for anything else */
function listOf(call: string, values: unknown): readonly (Task | DataObject)[] {
  if (isObjectLike(values)) return [values];
  if (!Array.isArray(values)) throw wrongArgument(call, "values", "a list of tasks and data objects", values);
  for (const [i, value] of values.entries()) {
    if (!isObjectLike(value)) throw wrongArgument(call, `values[${i}]`, "a task or data object", value);
  }
  return values;
}
