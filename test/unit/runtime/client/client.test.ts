import { describe, expect, it, vi } from "vitest";
import { blob, connect, tasks } from "../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../src/runtime/errors.ts";
import { progressOf, startFakeServer } from "./fake-server.ts";

describe("a client", () => {
  it("runs the sample of the documentation", async () => {
    const server = await startFakeServer({
      onFetch: (_path, response) => {
        response.setHeader("x-rain-data-type", "blob").end("Hello world!");
      },
    });
    await using client = await connect(server.address);
    await using session = await client.newSession({ name: "hello" });
    const joined = tasks.concat([blob("Hello "), blob("world!")]);
    joined.output.keep();
    await session.submit(joined);
    expect(await joined.output.fetch().text()).toBe("Hello world!");
    expect(server.calls.map(({ method }) => method)).toEqual(["newSession", "addChunk", "submit"]);
  });

  it("uses $RAIN_SERVER if no server is given", async () => {
    const server = await startFakeServer();
    const before = process.env.RAIN_SERVER;
    process.env.RAIN_SERVER = server.address;
    try {
      await using client = await connect();
      expect(client.address).toBe(server.address);
    } finally {
      if (before === undefined) delete process.env.RAIN_SERVER;
      else process.env.RAIN_SERVER = before;
    }
  });

  it.each([":1", "host:port", "ftp://host", "host:70000", "a b:1"])(
    "does not take %j for an address",
    async (text) => {
      await expect(connect(text)).rejects.toMatchObject({ code: "USAGE" });
    },
  );

  it("reports errors of the server", async () => {
    const { client } = await startFakeServer({
      on: {
        findSession: () => {
          throw new RainError("NOT_FOUND", "there is no session 9", { details: { session: 9 } });
        },
      },
    });
    await expect(client.session(9)).rejects.toMatchObject({
      name: "RainError",
      code: "NOT_FOUND",
      message: "there is no session 9",
      details: { session: 9 },
    });
  });

  it("rejects an answer that does not match the method", async () => {
    const { client } = await startFakeServer({ on: { taskTypes: () => ({ types: "all" }) as never } });
    await expect(client.taskTypes()).rejects.toMatchObject({ code: "INVALID_MESSAGE" });
  });

  it("rejects all pending and later calls when the server is lost", async () => {
    let onFetch = () => {};
    const arrived = new Promise<void>((resolve) => {
      onFetch = resolve;
    });
    const server = await startFakeServer({ on: { wait: () => undefined }, onFetch: () => onFetch() });
    const { client } = server;
    const session = await client.newSession();
    const task = tasks.concat([blob("x")]).keep();
    await session.submit(task);
    const progress = session.progress();
    await progress.next();
    const pending = [task.wait(), session.waitAll(), task.output.fetch().bytes(), progress.next()];
    const failures = pending.map((one) => expect(one).rejects.toMatchObject({ code: "SERVER_LOST" }));
    await arrived;
    server.crash();
    await Promise.all(failures);
    await expect(client.status()).rejects.toMatchObject({ code: "SERVER_LOST" });
    await expect(task.output.fetch().bytes()).rejects.toMatchObject({ code: "SERVER_LOST" });
    await session[Symbol.asyncDispose]();
  });

  it("reconnects after a crash of the server, and repeats pending calls", async () => {
    let waits = 0;
    const server = await startFakeServer({
      patienceMs: 10_000,
      on: { wait: ({ tasks }) => (++waits === 1 ? undefined : { tasks, objects: new Uint32Array() }) },
    });
    const { client, calls } = server;
    const session = await client.newSession();
    const task = tasks.concat([blob("x")]).keep();
    await session.submit(task);
    const progress = session.progress();
    await progress.next();
    const waiting = task.wait();
    await vi.waitFor(() => expect(waits).toBe(1));
    server.crash();
    await waiting;
    expect((await progress.next()).value).toMatchObject({ session: session.id });
    await progress.return?.();
    const again = calls.slice(calls.findIndex(({ method }) => method === "attach"));
    expect(again.map(({ method }) => method)).toEqual(["attach", "watch", "wait"]);
    expect(again[0].params).toEqual({ session: session.id });
  });

  it("does not claim a session that it has closed", async () => {
    const { client, calls, crash } = await startFakeServer({ patienceMs: 10_000 });
    const [closed, open] = [await client.newSession(), await client.newSession()];
    await closed.close();
    crash();
    const attached = () => calls.filter(({ method }) => method === "attach").map(({ params }) => params);
    await vi.waitFor(() => expect(attached()).toContainEqual({ session: open.id }));
    await client.newSession();
    expect(attached()).toEqual([{ session: open.id }]);
  });

  it("does not repeat calls with an unknown outcome", async () => {
    const server = await startFakeServer({ patienceMs: 10_000, on: { submit: () => undefined } });
    const session = await server.client.newSession();
    const submitting = session.submit(tasks.concat([blob("x")]));
    await vi.waitFor(() => expect(server.calls.map(({ method }) => method)).toContain("submit"));
    server.crash();
    await expect(submitting).rejects.toMatchObject({ code: "SERVER_LOST" });
    await server.client.newSession();
  });

  it("rejects another cluster", async () => {
    const server = await startFakeServer({ patienceMs: 10_000, clusters: ["one", "another"] });
    const session = await server.client.newSession();
    server.crash();
    await expect(session.status()).rejects.toMatchObject({
      code: "SERVER_LOST",
      message: expect.stringContaining("a different server now listens"),
    });
  });

  it("rejects pending calls when it is closed", async () => {
    const { client } = await startFakeServer({ on: { status: () => undefined } });
    const pending = expect(client.status()).rejects.toMatchObject({ code: "SERVER_LOST" });
    await client.close();
    await pending;
    await client.close();
  });

  it("stops the server, and settles when the connection is closed", async () => {
    const server = await startFakeServer({
      on: {
        stopServer: ({ force }) => {
          expect(force).toBe(true);
          setTimeout(() => server.links[0].close(), 20);
          return {};
        },
      },
    });
    await server.client.stop({ force: true });
    await expect(server.client.status()).rejects.toMatchObject({ code: "SERVER_LOST" });
  });
});

describe("closing a session by disposing of it", () => {
  const closed = async (options: { detached?: boolean; retain?: boolean }) => {
    const { client, calls } = await startFakeServer();
    {
      await using session = await client.newSession(options);
      expect(session.id).toBe(1);
    }
    return calls.some(({ method }) => method === "close");
  };

  it("happens, unless it is detached or retained", async () => {
    expect(await closed({})).toBe(true);
    expect(await closed({ detached: true })).toBe(false);
    expect(await closed({ retain: true })).toBe(false);
  });

  it("does not close a session of another client, which also rejects submits", async () => {
    const summary = {
      name: "theirs",
      onFailure: "stop" as const,
      createdAt: "2026-01-31T14:02:07.250Z",
      durationSeconds: 1,
      ...progressOf(7, "open"),
    };
    const { client, calls } = await startFakeServer({ on: { findSession: () => summary } });
    {
      await using session = await client.session("theirs");
      expect([session.id, session.name]).toEqual([7, "theirs"]);
      await expect(session.submit(tasks.concat([]))).rejects.toMatchObject({ code: "USAGE" });
    }
    expect(calls.map(({ method }) => method)).toEqual(["findSession"]);
  });
});

describe("logs", () => {
  const entry = (task: number) => ({
    time: "2026-01-31T14:02:07.250Z",
    event: "started" as const,
    task,
  });

  it("arrive until the server has no more", async () => {
    const server = await startFakeServer({
      on: {
        logs: async (_query, id) => {
          server.links[0].send(["log", { id, entries: [entry(1), entry(2)] }]);
          server.links[0].send(["log", { id, entries: [entry(3)] }]);
          return {};
        },
      },
    });
    const seen: (number | undefined)[] = [];
    for await (const { task } of server.client.logs({ session: 1 })) seen.push(task);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("are aborted on the server when the loop ends", async () => {
    const server = await startFakeServer({
      on: {
        logs: (_query, id) => {
          server.links[0].send(["log", { id, entries: [entry(1), entry(2)] }]);
          return undefined;
        },
      },
    });
    for await (const { task } of server.client.logs({ follow: true })) {
      expect(task).toBe(1);
      break;
    }
    await server.client.newSession();
    const logs = server.calls.find(({ method }) => method === "logs");
    expect(server.calls).toContainEqual(
      expect.objectContaining({ method: "abort", params: { request: logs?.id } }),
    );
  });

  it("end with the error of the signal", async () => {
    const { client } = await startFakeServer({ on: { logs: () => undefined } });
    const reason = new RainError("INTERRUPTED", "interrupted");
    const abort = new AbortController();
    const next = client.logs({ follow: true }, { signal: abort.signal }).next();
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
  });
});
