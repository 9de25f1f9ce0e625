import { fileURLToPath, pathToFileURL } from "node:url";
import { structuredClone } from "../../content-types/built-in/structured-clone.ts";
import { messageOf } from "../../errors.ts";
import { checkCloneable } from "../check/cloneable.ts";
import { isPlainObject, misuse, wrongArgument } from "../check/misuse.ts";
import { checkArgument, checkOptions } from "../check/options.ts";
import { remoteModule, remoteOptions } from "../check/schemas.ts";
import { blob } from "./constants.ts";
import { separate } from "./separate.ts";
import { isObjectLike, type ObjectLike, Task, type TaskOptions } from "./values.ts";

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
 * Arguments of a remote function. Instead of a value you can pass a data object or task, also at any depth of
 * lists, objects, maps and sets; the function gets its value.
 */
export type RemoteArgs<Args extends readonly unknown[]> = {
  [Index in keyof Args]: RemoteArg<Args[Index]>;
};

/** A value, or an object that has it, or a container of such. */
export type RemoteArg<Value> = Value | ObjectLike | RemoteContainer<Value>;

type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | ArrayBufferView
  | Callable;
type RemoteContainer<Value> = unknown extends Value
  ? never
  : Value extends Leaf
    ? never
    : Value extends ReadonlyMap<infer Key, infer Item>
      ? ReadonlyMap<Key, RemoteArg<Item>>
      : Value extends ReadonlySet<infer Item>
        ? ReadonlySet<RemoteArg<Item>>
        : Value extends readonly unknown[]
          ? { readonly [Index in keyof Value]: RemoteArg<Value[Index]> }
          : Value extends object
            ? { readonly [Key in keyof Value]: RemoteArg<Value[Key]> }
            : never;

/**
 * Pass this as an argument of a remote function: the function gets a signal that aborts when its task must stop, because its session was
 * closed or cancelled or its time is up.
 */
export const abortSignal: AbortSignal = new AbortController().signal;

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

/** Any function. */
export type Callable = (...args: never[]) => unknown;
/** Makes a task of each call of a function. */
export type RemoteFunction<Fn extends Callable> = (
  ...args: RemoteArgs<Parameters<Fn>>
) => RemoteTask<Awaited<ReturnType<Fn>>>;

/**
 * Returns a function whose calls are tasks that run on workers. A function is sent as source text, so it
 * cannot use anything else of its module. A module is imported on the worker.
 * @throws USAGE if the source of the function is not valid by itself
 */
export function remote<Fn extends Callable>(fn: Fn, options?: RemoteOptions): RemoteFunction<Fn>;
export function remote<Fn extends Callable>(from: RemoteModule, options?: RemoteOptions): RemoteFunction<Fn>;
export function remote(
  what: Callable | RemoteModule,
  options: RemoteOptions = {},
): (...args: unknown[]) => RemoteTask<unknown> {
  checkOptions("remote", remoteOptions, options);
  const { contentType = structuredClone.name, ...taskOptions } = options;
  const { source, from, ownName } = functionOf(what);
  const name = options.name ?? ownName;
  const call = name ? `remote ${name}` : "a remote function";
  return (...args) => {
    const signals = [...args.keys()].filter((i) => args[i] === abortSignal);
    const plain = args.map((arg) => (arg === abortSignal ? undefined : arg));
    const { value, objects, places } = separated(call, plain);
    return new RemoteTask("js/call", {
      ...taskOptions,
      ...(name && { name }),
      inputs: source ? [source, ...objects] : objects,
      config: {
        args: serialized(call, value),
        places,
        ...(signals.length > 0 && { signals }),
        ...(from && { from }),
      },
      outputs: [{ contentType }],
    });
  };
}

function functionOf(what: unknown) {
  if (typeof what === "function") {
    const source = blob(sourceOf(what), { label: "source" });
    return { source, from: undefined, ownName: what.name };
  }
  if (isObjectLike(what) || !isPlainObject(what)) {
    throw wrongArgument("remote", "fn", "a function, or { module: import.meta.url, export: NAME }", what);
  }
  checkArgument("remote", "fn", remoteModule, what);
  const { module, export: name } = what as unknown as RemoteModule;
  return { source: undefined, from: { module: urlOf(module), export: name }, ownName: name };
}

function separated(call: string, args: readonly unknown[]) {
  try {
    checkCloneable(call, args);
    return separate(call, "arguments", args, true);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw misuse(`${call}: the arguments are nested too deep to be sent`, { cause: error });
  }
}

function serialized(call: string, values: unknown): Uint8Array {
  try {
    return structuredClone.dump(values);
  } catch (error) {
    throw misuse(`${call}: an argument cannot be sent: ${messageOf(error)}`, { cause: error });
  }
}

/** Checks here, rather than on a worker, that the source can be parsed. */
function sourceOf(fn: { name: string; toString(): string }): string {
  const source = fn.toString();
  try {
    new Function(`return (${source}\n)`);
    return source;
  } catch (error) {
    throw misuse(
      `remote: the source of ${fn.name ? `the function ${fn.name}` : "this function"} is not valid by itself: ${messageOf(error)}`,
      {
        hint: "Write an arrow function or a `function`, or name its module: remote({ module: import.meta.url, export }).",
        cause: error,
      },
    );
  }
}

function urlOf(module: string): string {
  try {
    if (module.startsWith("file:")) return pathToFileURL(fileURLToPath(module)).href;
  } catch (error) {
    throw misuse(`remote: ${JSON.stringify(module)} is not the URL of a file: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (module.startsWith("/")) return pathToFileURL(module).href;
  throw misuse(`remote: ${JSON.stringify(module)} is neither a file URL nor an absolute path`, {
    hint: "Use `module: import.meta.url`.",
  });
}
