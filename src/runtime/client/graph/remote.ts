import { fileURLToPath, pathToFileURL } from "node:url";
import { structuredClone } from "../../content-types/built-in/structured-clone.ts";
import { messageOf, RainError } from "../../errors.ts";
import { asObject, blob, DataObject, type ObjectLike, Task, type TaskOptions } from "./values.ts";

/** A function that its module exports. The module must be on the machines of the workers, at the same path. */
export interface RemoteModule {
  /** Its URL, such as `import.meta.url`, or its absolute path. */
  module: string;
  export: string;
}

export interface RemoteOptions extends TaskOptions {
  /** Content type of the result. Default: `user/structured-clone`, which can represent any value. */
  contentType?: string;
}

/**
 * Arguments of a remote function. Instead of a value or of an item of a list you can pass a data object or
 * task; the function gets its value.
 */
export type RemoteArgs<Args extends readonly unknown[]> = {
  [Index in keyof Args]: RemoteArg<Args[Index]>;
};
type RemoteArg<Value> =
  | Value
  | ObjectLike
  | (Value extends readonly (infer Item)[] ? readonly (Item | ObjectLike)[] : never);

/** A call of a function on a worker. */
export class RemoteTask<Value> extends Task {
  /**
   * Waits for the result, which must be kept.
   * @throws NOT_KEPT, NOT_SUBMITTED, and the error that ended its session
   */
  async value(options?: { signal?: AbortSignal }): Promise<Value> {
    return (await this.output.fetch(options).load()) as Value;
  }
}

type Callable = (...args: never[]) => unknown;
type Calls<Fn extends Callable> = (
  ...args: RemoteArgs<Parameters<Fn>>
) => RemoteTask<Awaited<ReturnType<Fn>>>;

/** Position of an input: the index of an argument, or of an item in an argument. */
type Position = [argument: number] | [argument: number, item: number];

/**
 * Returns a function whose calls are tasks that run on workers. A function is sent as source text, so it
 * cannot use anything else of its module. A module is imported on the worker.
 * @throws USAGE if the source of the function is not valid by itself
 */
export function remote<Fn extends Callable>(fn: Fn, options?: RemoteOptions): Calls<Fn>;
export function remote<Fn extends Callable>(from: RemoteModule, options?: RemoteOptions): Calls<Fn>;
export function remote(
  what: Callable | RemoteModule,
  { contentType = structuredClone.name, ...options }: RemoteOptions = {},
): (...args: unknown[]) => RemoteTask<unknown> {
  const source = typeof what === "function" ? blob(sourceOf(what), { label: "source" }) : undefined;
  const from = typeof what === "function" ? undefined : { module: urlOf(what.module), export: what.export };
  const name = options.name ?? (typeof what === "function" ? what.name : what.export);
  return (...args) => {
    const { values, places, inputs } = separate(args);
    return new RemoteTask("js/call", {
      ...options,
      ...(name && { name }),
      inputs: source ? [source, ...inputs] : inputs,
      config: { args: serialized(values, name), places, ...(from && { from }) },
      outputs: [{ contentType }],
    });
  };
}

/** Separates data objects from the arguments and from the lists among them. */
function separate(args: readonly unknown[]): { values: unknown[]; places: Position[]; inputs: DataObject[] } {
  const places: Position[] = [];
  const inputs: DataObject[] = [];
  const values = args.map((arg, argument) => {
    if (isObjectLike(arg)) {
      places.push([argument]);
      inputs.push(asObject(arg));
      return undefined;
    }
    if (!Array.isArray(arg) || !arg.some(isObjectLike)) return arg;
    return arg.map((item: unknown, index) => {
      if (!isObjectLike(item)) return item;
      places.push([argument, index]);
      inputs.push(asObject(item));
      return undefined;
    });
  });
  return { values, places, inputs };
}

function isObjectLike(value: unknown): value is ObjectLike {
  return value instanceof Task || value instanceof DataObject;
}

function serialized(values: unknown[], name: string): Uint8Array {
  try {
    return structuredClone.dump(values);
  } catch (error) {
    throw new RainError(
      "USAGE",
      `an argument of ${name || "a remote function"} cannot be sent: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** Checks here, rather than on a worker, that the source can be parsed. */
function sourceOf(fn: Callable): string {
  const source = fn.toString();
  try {
    new Function(`return (${source}\n)`);
    return source;
  } catch (error) {
    throw new RainError(
      "USAGE",
      `the source of ${fn.name ? `the function ${fn.name}` : "this function"} is not valid by itself: ${messageOf(error)}`,
      {
        hint: "Write an arrow function or a `function`, or name its module: remote({ module: import.meta.url, export }).",
        cause: error,
      },
    );
  }
}

function urlOf(module: string): string {
  if (module.startsWith("file:")) return pathToFileURL(fileURLToPath(module)).href;
  if (module.startsWith("/")) return pathToFileURL(module).href;
  throw new RainError("USAGE", `${JSON.stringify(module)} is neither a file URL nor an absolute path`, {
    hint: "Use `module: import.meta.url`.",
  });
}
