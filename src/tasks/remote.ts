import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { deserialize } from "node:v8";
import * as v from "valibot";
import { definePlugin, defineTask, TaskError, type TaskInput } from "../runtime/plugin/contract/index.ts";
import { putValues } from "./remote/put-values.ts";
import { configured } from "./support/config.ts";

type AnyFunction = (...args: unknown[]) => unknown;

const index = v.pipe(v.number(), v.integer(), v.minValue(0));

const config = v.object({
  args: v.pipe(
    v.instance(Uint8Array),
    v.description("the list of arguments in the serialization format of V8, with gaps for the inputs"),
  ),
  places: v.pipe(
    v.array(v.pipe(v.array(v.union([index, v.string()])), v.nonEmpty())),
    v.description(
      "for each input, where its value goes: index of the argument, then indexes of lists, keys of objects, positions in maps and sets",
    ),
  ),
  signals: v.optional(
    v.pipe(v.array(index), v.description("the indexes of the arguments that are the signal of the task")),
    [],
  ),
  from: v.optional(
    v.pipe(
      v.object({
        module: v.pipe(v.string(), v.description("URL of the module, or a name that Node resolves")),
        export: v.pipe(v.string(), v.description("name of the export")),
      }),
      v.description("where the function is; without it, the first input is its source"),
    ),
  ),
});

/** Calls a function that was passed to `remote` of the API. */
const call = defineTask({
  name: "call",
  summary: "Calls a JavaScript function, as `remote(fn)` of the API does",
  inputs: { rest: { dataType: "any" } },
  outputs: { fixed: [{}] },
  ...configured(config),
  async run({ config: { args, places, signals, from }, inputs, signal }) {
    const fn = from ? await imported(from) : await sourceFunction(inputs[0]);
    const data = from ? inputs : inputs.slice(1);
    const given: unknown[] = deserialize(args);
    const values = await Promise.all(data.map(inputValue));
    putValues(given, places, values);
    for (const argument of signals) given[argument] = signal;
    try {
      return [{ value: await fn(...given) }];
    } catch (error) {
      throw from ? error : explained(error);
    }
  },
});

export default definePlugin({ name: "js", tasks: [call] });

/** The loaded value of a blob, or the path of a directory. */
function inputValue(input: TaskInput): Promise<unknown> {
  return input.dataType === "dir" ? input.path() : input.load();
}

async function imported({ module, export: name }: { module: string; export: string }): Promise<AnyFunction> {
  const exports: Record<string, unknown> = await import(module);
  const fn = exports[name];
  if (isFunction(fn)) return fn;
  throw new TaskError(`${module} exports no function ${JSON.stringify(name)}`);
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

async function sourceFunction(source: TaskInput | undefined): Promise<AnyFunction> {
  if (!source) throw new TaskError("the first input is missing; it must be the source of the function");
  return await compiled(await source.text());
}

const functions = new Map<string, Promise<AnyFunction>>();

/** The source is written to a module, so that stack traces name it and it can import the modules of this runtime. */
function compiled(source: string): Promise<AnyFunction> {
  const fn = functions.get(source) ?? compile(source);
  functions.set(source, fn);
  return fn;
}

async function compile(source: string): Promise<AnyFunction> {
  const name = createHash("sha256").update(source).digest("hex").slice(0, 16);
  const path = resolve(`remote-${name}.mjs`);
  // Tools that compile TypeScript wrap functions in calls of __name.
  await writeFile(path, `const __name = (fn) => fn;\nexport default (${source});\n`);
  const module: { default: AnyFunction } = await import(pathToFileURL(path).href);
  return module.default;
}

function explained(error: unknown): unknown {
  if (!(error instanceof ReferenceError)) return error;
  return new TaskError(
    `ReferenceError: ${error.message}: a function that is sent as source cannot use anything of the module around it. Pass what it needs as arguments, or name its module: remote({ module: import.meta.url, export: "…" })`,
    { stack: error.stack },
  );
}
