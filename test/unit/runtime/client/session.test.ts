import { describe, expect, it } from "vitest";
import { blob, DataObject, tasks } from "../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../src/runtime/errors.ts";
import { progressOf, startFakeServer } from "./fake-server.ts";

describe("submitting", () => {
  it("sends values only once, and continues the numbering", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    const first = tasks.concat([blob("a"), blob("b")]).keep();
    await session.submit(first);
    const second = tasks.concat([first, blob("c")]);
    await session.submit([first, [second, [tasks.concat([second])]]]);
    expect(chunks.map(({ firstTask, firstObject, kind }) => [firstTask, firstObject, kind.length])).toEqual([
      [0, 0, 1],
      [1, 3, 2],
    ]);
    expect([...chunks[1].inputs]).toEqual([2, 3, 4]);
    expect(session.taskCount).toBe(3);
  });

  it("sends nothing if there is nothing new", async () => {
    const { client, calls } = await startFakeServer();
    const session = await client.newSession();
    const task = tasks.concat([]);
    await session.submit(task);
    await session.submit(task, []);
    expect(calls.filter(({ method }) => method === "submit")).toHaveLength(1);
  });

  it("accepts a kept constant that no task uses", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    await session.submit(blob("x").keep());
    expect(chunks[0]).toMatchObject({ constants: [{ size: 1 }], keep: Uint32Array.of(0) });
  });

  it("numbers submits one after the other, even without waiting for the first", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    await Promise.all([session.submit(tasks.concat([blob("a")])), session.submit(tasks.concat([blob("b")]))]);
    expect(chunks.map(({ firstTask, firstObject }) => [firstTask, firstObject])).toEqual([
      [0, 0],
      [1, 2],
    ]);
  });

  it("rejects an input of an earlier submit that is not kept, and submits nothing", async () => {
    const { client, calls } = await startFakeServer();
    const session = await client.newSession();
    const first = tasks.concat([blob("a")], { name: "first" });
    await session.submit(first);
    const between = tasks.concat([blob("b")]);
    await expect(session.submit(tasks.concat([between, first], { name: "second" }))).rejects.toMatchObject({
      code: "NOT_KEPT",
      message: expect.stringMatching(/output 0 of task first is an input of task second/),
    });
    expect(between.session).toBeUndefined();
    expect(calls.filter(({ method }) => method === "submit")).toHaveLength(1);
    await session.submit(between);
    expect(between.number).toBe(1);
  });

  it("rejects values of another session", async () => {
    const { client } = await startFakeServer();
    const [one, other] = [await client.newSession(), await client.newSession()];
    const constant = blob("x").keep();
    const task = tasks.concat([constant]).keep();
    await one.submit(task);
    for (const value of [task, tasks.concat([task])]) {
      await expect(other.submit(value)).rejects.toMatchObject({ code: "USAGE" });
    }
    await expect(other.wait(task)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("removes the numbers of the values when the server rejects them", async () => {
    let refused = 0;
    const { client } = await startFakeServer({
      on: {
        submit: () => {
          if (refused++ === 0) throw new RainError("UNKNOWN_TASK_TYPE", "no worker offers images/resize");
          return {};
        },
      },
    });
    const session = await client.newSession();
    const photo = blob("photo");
    const task = tasks.task("images/resize", { inputs: [photo] });
    await expect(session.submit(task)).rejects.toMatchObject({ code: "UNKNOWN_TASK_TYPE" });
    expect([task.session, task.output.session, photo.session]).toEqual([undefined, undefined, undefined]);
    await session.submit(task);
    expect([task.number, photo.number]).toEqual([0, 0]);
  });

  it("rejects keep() afterwards", async () => {
    const { client } = await startFakeServer();
    const session = await client.newSession();
    const task = tasks.concat([]);
    await session.submit(task);
    expect(() => task.output.keep()).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("waiting", () => {
  it("requests exactly the given values", async () => {
    const { client, calls } = await startFakeServer();
    const session = await client.newSession();
    const [a, b] = [tasks.concat([]), tasks.concat([])];
    await session.submit([a, b]);
    await b.wait();
    await a.output.wait();
    await session.wait([a, b.output]);
    await session.waitAll();
    await session.wait([]);
    const waits = calls.filter(({ method }) => method === "wait").map(({ params }) => params);
    const ask = (tasks: number[], objects: number[]) => ({
      session: 1,
      tasks: Uint32Array.from(tasks),
      objects: Uint32Array.from(objects),
      mode: "all",
    });
    expect(waits).toEqual([ask([1], []), ask([], [0]), ask([0], [1]), ask([], [])]);
  });

  it("for some values returns those that exist, in the given order", async () => {
    const { client } = await startFakeServer({
      on: { wait: () => ({ tasks: Uint32Array.of(2), objects: Uint32Array.of(0) }) },
    });
    const session = await client.newSession();
    const all = [tasks.concat([]), tasks.concat([]), tasks.concat([])];
    await session.submit(all);
    expect(await session.waitSome([all[2], all[1], all[0].output])).toEqual([all[2], all[0].output]);
    expect(await session.waitSome([])).toEqual([]);
  });

  it("for a value that was not submitted is an error", async () => {
    const { client } = await startFakeServer();
    const session = await client.newSession();
    const task = tasks.concat([]).keep();
    await expect(task.wait()).rejects.toMatchObject({ code: "NOT_SUBMITTED" });
    await expect(session.wait(task)).rejects.toMatchObject({ code: "NOT_SUBMITTED" });
    expect(() => task.output.fetch()).toThrow(expect.objectContaining({ code: "NOT_SUBMITTED" }));
  });

  it("ends on both sides when its signal aborts", async () => {
    const { client, calls } = await startFakeServer({ on: { wait: () => undefined } });
    const session = await client.newSession();
    await session.submit(tasks.concat([]));
    await expect(session.waitAll({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    await session.seal();
    const wait = calls.find(({ method }) => method === "wait");
    expect(calls).toContainEqual(expect.objectContaining({ method: "abort", params: { request: wait?.id } }));
    await expect(session.waitAll({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
  });
});

describe("a session", () => {
  it("reports its progress at once and until it has ended", async () => {
    const server = await startFakeServer({
      on: {
        watch: ({ session }) => {
          // This event arrives right after the answer.
          setImmediate(() => {
            const [link] = server.links;
            link.send(["progress", progressOf(99, "failed")]);
            link.send(["progress", progressOf(session, "running", 1)]);
            link.send(["progress", progressOf(session, "finished", 2)]);
            link.send(["progress", progressOf(session, "closed", 2)]);
          });
          return progressOf(session, "running");
        },
      },
    });
    const session = await server.client.newSession();
    const seen: string[] = [];
    for await (const { state, tasks } of session.progress()) seen.push(`${state} ${tasks.finished}`);
    expect(seen).toEqual(["running 0", "running 1", "finished 2"]);
    await session.seal();
    expect(server.calls.map(({ method }) => method)).toContain("unwatch");
  });

  it("stops reporting its progress when the signal aborts", async () => {
    const { client } = await startFakeServer();
    const session = await client.newSession();
    const progress = session.progress({ signal: AbortSignal.timeout(30) });
    expect((await progress.next()).value).toMatchObject({ state: "open" });
    await expect(progress.next()).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("frees kept objects", async () => {
    const { client, calls } = await startFakeServer();
    const session = await client.newSession();
    const [kept, other] = [tasks.concat([]).keep(), tasks.concat([])];
    await session.submit([kept, other]);
    await kept.output.unkeep();
    expect(calls.at(-1)).toMatchObject({ method: "unkeep", params: { objects: Uint32Array.of(0) } });
    await expect(other.output.unkeep()).rejects.toMatchObject({ code: "NOT_KEPT" });
    expect(() => kept.output.fetch()).toThrow(expect.objectContaining({ code: "NOT_KEPT" }));
  });

  it.each(["object.unkeep", "session.unkeep"])(
    "notes by %s that an object is no longer kept",
    async (way) => {
      const { client } = await startFakeServer();
      const session = await client.newSession();
      const { output } = tasks.concat([]).keep();
      await session.submit(output);
      await (way === "object.unkeep" ? output.unkeep() : session.unkeep([output]));
      expect(output.kept).toBe(false);
      await expect(output.unkeep()).rejects.toMatchObject({ code: "NOT_KEPT" });
    },
  );

  it("takes keep back by unkeep before submit, without a call", async () => {
    const { client, calls, chunks } = await startFakeServer();
    const session = await client.newSession();
    const [task, other] = [tasks.run(["a"], { out: ["b", "c"] }).keep(), blob("x").keep()];
    await task.unkeep();
    await session.unkeep([other]);
    expect([...task.outputs, other].map(({ kept }) => kept)).toEqual([false, false, false]);
    await expect(other.unkeep()).rejects.toMatchObject({ code: "NOT_KEPT" });
    await expect(session.unkeep([other])).rejects.toMatchObject({ code: "NOT_KEPT" });
    await session.submit(task, other);
    expect(calls.map(({ method }) => method)).not.toContain("unkeep");
    expect([...(chunks[0]?.keep ?? [])]).toEqual([]);
  });

  it("leaves all kept, and names one, if one of several is not kept", async () => {
    const refuse = () => {
      throw new RainError("NOT_KEPT", "object 1 of session 1 is not kept");
    };
    const { client } = await startFakeServer({ on: { unkeep: refuse } });
    const session = await client.newSession();
    const [kept, other] = [tasks.concat([]).keep(), tasks.concat([], { name: "other" })];
    await session.submit([kept, other]);
    await expect(session.unkeep([kept, other])).rejects.toMatchObject({
      code: "NOT_KEPT",
      message: "output 0 of task other is not kept",
    });
    expect(kept.output.kept).toBe(true);
  });

  it("updates the info of objects, together with that of tasks", async () => {
    const object = {
      object: 0,
      dataType: "blob" as const,
      contentType: "json",
      kept: true,
      state: "present" as const,
      size: 7,
      workers: [1],
    };
    const { client, calls } = await startFakeServer({
      on: { objectInfo: () => ({ objects: [object] }), taskInfo: () => ({ tasks: [] }) },
    });
    const session = await client.newSession();
    const task = tasks.concat([]).keep();
    await session.submit(task);
    expect(task.output.info).toBeUndefined();
    await task.output.update();
    expect(task.output.info).toEqual(object);
    await session.update([task, task.output]);
    expect(calls.slice(-2)).toMatchObject([
      { method: "taskInfo", params: { tasks: Uint32Array.of(0) } },
      { method: "objectInfo", params: { objects: Uint32Array.of(0) } },
    ]);
  });

  it("updates the info of tasks", async () => {
    const info = {
      task: 0,
      type: "builtin/concat",
      group: "",
      resources: { cpus: 1 },
      state: "finished" as const,
      worker: 2,
      outputs: [],
    };
    const { client } = await startFakeServer({ on: { taskInfo: () => ({ tasks: [info] }) } });
    const session = await client.newSession();
    const task = tasks.concat([]);
    await session.submit(task);
    expect(task.info).toBeUndefined();
    await task.update();
    expect(task.info).toEqual(info);
  });

  it("finds a kept object by its ref", async () => {
    const { client } = await startFakeServer({
      on: {
        resolveRef: ({ ref }) => {
          expect(ref).toBe("chunks[0]");
          return { object: 17, dataType: "blob", contentType: "json", kept: true, state: "present", size: 7 };
        },
      },
      onFetch: (path, response) => {
        expect(path).toBe("/api/v1/sessions/1/objects/17");
        response
          .setHeader("x-rain-data-type", "blob")
          .setHeader("x-rain-content-type", "json")
          .end('{"a":1}');
      },
    });
    const session = await client.newSession();
    const object = await session.objectByRef("chunks[0]");
    expect(object).toBeInstanceOf(DataObject);
    expect(await object.fetch().load()).toEqual({ a: 1 });
  });
});
