import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  abortSignal,
  blob,
  directory,
  type RemoteTask,
  remote,
  type Task,
  task,
} from "../../src/runtime/client/index.ts";
import type { RainError } from "../../src/runtime/errors.ts";
import { eventually, startCluster, temporaryDirectory } from "./cluster.ts";

const MODULE = new URL("../fixtures/remote-module.mjs", import.meta.url).href;

async function session() {
  const { client } = await startCluster([2]);
  return await client.newSession();
}

async function resultOf<Value>(call: RemoteTask<Value>): Promise<Value> {
  const own = await session();
  await own.submit(call.keep());
  return await call.value();
}

async function errorOf(call: RemoteTask<unknown>): Promise<RainError> {
  return await resultOf(call).then(
    () => Promise.reject(new Error("it did not fail")),
    (error: RainError) => error,
  );
}

describe("a function that gets the signal of its task", () => {
  const wait = remote(
    (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("it was told to stop")));
        console.log("it waits");
      }),
  );

  test("frees its cpus at once when its session is closed, however long the grace period is", async () => {
    const { client } = await startCluster([1], { graceMs: 60_000 });
    const own = await client.newSession();
    const warm = remote(() => 1)();
    await own.submit(warm);
    await own.waitAll();
    await own.submit(wait(abortSignal));
    await eventually(async () => {
      const { workers } = await client.status();
      return workers[0]?.running === 1;
    }, "the function runs");
    await using next = await client.newSession();
    const after = task("builtin/concat", { inputs: [], outputs: [{}] });
    await next.submit(after);
    const closed = performance.now();
    await own.close();
    await after.wait();
    expect(performance.now() - closed).toBeLessThan(300);
  });

  test("is killed after the grace period if it does not obey", async () => {
    const { client } = await startCluster([1], { graceMs: 300 });
    const own = await client.newSession();
    const ignore = remote(
      (signal: AbortSignal) => new Promise<void>(() => setInterval(() => signal.aborted, 10)),
    );
    await own.submit(ignore(abortSignal));
    await eventually(async () => (await client.status()).workers[0]?.running === 1, "the function runs");
    await using next = await client.newSession();
    const after = task("builtin/concat", { inputs: [], outputs: [{}] });
    await next.submit(after);
    await own.close();
    await after.wait();
  });
});

describe("a function that travels by its source", () => {
  test("gets its arguments and gives its result, whatever can be cloned", async () => {
    const describeIt = remote((what: { when: Date; tags: Set<string> }, count: bigint) => {
      return new Map([[what.when.getTime(), [...what.tags, String(count)]]]);
    });
    const call = describeIt({ when: new Date(5), tags: new Set(["a"]) }, 7n);
    expectTypeOf(call).toEqualTypeOf<RemoteTask<Map<number, string[]>>>();
    expect(await resultOf(call)).toEqual(new Map([[5, ["a", "7"]]]));
  });

  test("takes results of others, also in lists, and data objects by their content type", async () => {
    const square = remote(async (x: number) => x * x);
    const sum = remote((list: number[], more: { add: number }, text: string, raw: Uint8Array) => {
      return list.reduce((a, b) => a + b, more.add) + text.length + raw[0];
    });
    const call = sum(
      [1, square(2), square(3)],
      blob('{"add": 100}', { contentType: "json" }),
      blob("four"),
      blob(new Uint8Array([50])),
    );
    expect(await resultOf(call)).toBe(1 + 4 + 9 + 100 + 4 + 50);
  });

  test("may import what the runtime brings, and reads a directory by its path", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "one"), "");
    // Made from a text, since the test runner rewrites the imports of its files.
    const source = 'return import("node:fs/promises").then(({ readdir }) => readdir(path))';
    const list = remote(new Function("path", source) as (path: string) => Promise<string[]>);
    expect(await resultOf(list(directory(dir)))).toEqual(["one"]);
  });

  test("gives a result of the content type that is declared", async () => {
    const shout = remote((text: string) => text.toUpperCase(), { contentType: "text" });
    const own = await session();
    const joined = task("concat", { inputs: [shout("a"), shout("b")] }).keep();
    await own.submit(joined);
    expect(await joined.output.fetch().text()).toBe("AB");
  });

  test("fails with its error and its trace", async () => {
    const fail = remote(function breaks(): never {
      throw new TypeError("not today");
    });
    const error = await errorOf(fail());
    expect(error).toMatchObject({ code: "TASK_FAILED", message: expect.stringContaining("not today") });
    expect(error.details.stack).toMatch(/TypeError: not today\n.*at breaks \(file:.*remote-\w+\.mjs/);
  });

  test("is told what it cannot see", async () => {
    const outside = 5;
    const error = await errorOf(remote(() => outside + 1)());
    expect(error.message).toContain(
      "outside is not defined: a function that is sent as source cannot use anything",
    );
  });

  test("is rejected if it has no valid source, or arguments that cannot be sent", () => {
    expect(() => remote(Math.max)).toThrow(/the source of the function max is not valid by itself/);
    const method = { shout() {} }.shout;
    expect(() => remote(method)).toThrow(/the source of the function shout is not valid by itself/);
    const run = remote((fn: () => void) => fn());
    expect(() => run(() => {})).toThrow(
      "a remote function: arguments[0]: expected a value that structured clone can copy, not a function",
    );
  });
});

describe("a function of a module", () => {
  test("sees its module", async () => {
    const triple = remote<(value: number) => number>({ module: MODULE, export: "triple" });
    const call = triple(14);
    expectTypeOf(call).toEqualTypeOf<RemoteTask<number>>();
    expect(call.options.name).toBe("triple");
    expect(await resultOf(call)).toBe(42);
  });

  test("must be one", async () => {
    const path = fileURLToPath(MODULE);
    const error = await errorOf(remote({ module: path, export: "notAFunction" })());
    expect(error.message).toContain('exports no function "notAFunction"');
    expect(() => remote({ module: "./here.js", export: "a" })).toThrow(
      "neither a file URL nor an absolute path",
    );
  });
});

test("arguments are typed", () => {
  const add = remote((a: number, list: readonly string[]) => list.length + a);
  const other: Task = add(1, ["a"]);
  add(other, [blob("a"), "b"]);
  add(1, other);
  // @ts-expect-error a text is no number
  add("1", []);
  // @ts-expect-error one is missing
  add(1);
});
