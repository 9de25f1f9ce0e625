import { request } from "undici";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { blob, tasks } from "../../src/runtime/client/index.ts";
import { startCluster } from "./cluster.ts";

describe("the HTTP API", () => {
  it("answers health and status as JSON", async () => {
    const { server, client } = await startCluster([2]);
    expect(await (await request(`http://${server.address}/healthz`)).body.json()).toEqual({ status: "ok" });
    await using session = await client.newSession({ name: "seen" });
    const status = (await (await request(`http://${server.address}/api/v1/status`)).body.json()) as object;
    expect(status).toMatchObject({
      server: { address: server.address },
      workers: [{ id: 1, cpus: 2, state: "online", running: 0 }],
      sessions: [{ session: session.id, name: "seen", state: "open" }],
    });
  });

  it("dumps the state of the scheduler for debugging", async () => {
    const { server, client } = await startCluster([2]);
    await using session = await client.newSession();
    const { body } = await request(`http://${server.address}/api/v1/debug/state`);
    expect(await body.json()).toMatchObject({
      sessions: [{ id: session.id, state: "open" }],
      workers: [{ slot: 1, cpus: 2 }],
    });
  });

  it("shows, cancels and closes a session by id or name, and tells its log", async () => {
    const { server, client } = await startCluster();
    const session = await client.newSession({ name: "web", detached: true });
    await session.submit(tasks.concat([blob("x")], { key: "joined" }).keep());
    await session.waitAll();
    const api = `http://${server.address}/api/v1/sessions`;
    expect(await (await request(`${api}/web`)).body.json()).toMatchObject({
      kept: [{ ref: "joined", size: 1 }],
    });
    const lines = (await (await request(`${api}/web/logs`)).body.text()).trim().split("\n");
    const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(expect.arrayContaining(["session-opened", "submitted", "assigned", "finished"]));
    expect(await (await request(`${api}/web/tasks/joined/why`)).body.json()).toMatchObject({
      key: "joined",
      state: "finished",
      runs: [{ worker: 1, outcome: "finished", placed: { by: "only" } }],
    });
    await request(`${api}/${session.id}/cancel`, { method: "POST" });
    expect((await client.status()).sessions[0].state).toBe("cancelled");
    await request(`${api}/${session.id}`, { method: "DELETE" });
    expect((await client.status()).sessions).toEqual([]);
  });

  it("streams a large object and a directory from their worker, and breaks off with the client", async () => {
    const { server, client } = await startCluster();
    await using session = await client.newSession();
    const size = (9 << 20) + 5;
    const large = tasks.run(`yes rain | head -c ${size}`, { shell: true, stdout: true }).keep();
    const tree = tasks.makeDirectory({ "a/b": blob("hello") }).keep();
    await session.submit([large, tree]);
    const url = (object: number) =>
      `http://${server.address}/api/v1/sessions/${session.id}/objects/${object}`;
    const id = large.output.number ?? -1;
    const whole = await request(url(id));
    expect(whole.headers).toMatchObject({ "content-length": String(size), "x-rain-data-type": "blob" });
    const expected = Buffer.alloc(size, "rain\n");
    expect(Buffer.from(await whole.body.arrayBuffer()).equals(expected)).toBe(true);
    (await request(url(id))).body.on("error", () => {}).destroy();
    expect((await large.output.fetch().bytes()).length).toBe(size);
    const tar = await request(url(tree.output.number ?? -1));
    expect(tar.headers).toMatchObject({ "x-rain-data-type": "dir" });
    expect(Buffer.from(await tar.body.arrayBuffer()).toString()).toContain("hello");
  });

  it("streams a kept object with its length and type, and refuses one that is not kept", async () => {
    const { server, client } = await startCluster();
    await using session = await client.newSession({ name: "bytes" });
    const task = tasks.concat([blob("abc")]).keep();
    const other = tasks.concat([blob("abc")]);
    await session.submit([task, other]);
    await session.waitAll();
    const url = (object: number) =>
      `http://${server.address}/api/v1/sessions/${session.id}/objects/${object}`;
    const good = await request(url(task.output.number ?? -1));
    expect(good.headers).toMatchObject({ "content-length": "3", "x-rain-data-type": "blob" });
    expect(await good.body.text()).toBe("abc");
    const bad = await request(url(other.output.number ?? -1));
    expect([bad.statusCode, await bad.body.json()]).toMatchObject([409, { error: { code: "NOT_KEPT" } }]);
  });

  it("says what is wrong with a request", async () => {
    const { server } = await startCluster([]);
    const ask = async (path: string, method: "GET" | "POST" = "GET", headers = {}) => {
      const { statusCode, body } = await request(`http://${server.address}${path}`, { method, headers });
      return [statusCode, ((await body.json()) as { error: { code: string; message: string } }).error];
    };
    expect(await ask("/nowhere")).toMatchObject([404, { code: "NOT_FOUND" }]);
    expect(await ask("/api/v1/status", "POST")).toMatchObject([
      400,
      { message: expect.stringContaining("GET") },
    ]);
    expect(await ask("/api/v1/sessions/99")).toMatchObject([404, { code: "NOT_FOUND" }]);
    expect(await ask("/api/v1/status", "GET", { origin: "https://evil.example" })).toMatchObject([
      403,
      { code: "REFUSED" },
    ]);
  });

  it("refuses WebSockets of other sites' pages and at other paths", async () => {
    const { server } = await startCluster([]);
    const open = (path: string, headers = {}) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`ws://${server.address}${path}`, { headers });
        socket.on("error", (error) => resolve(error.message));
        socket.on("open", () => resolve("open"));
      });
    expect(await open("/ws/client", { origin: "https://evil.example" })).toContain("403");
    expect(await open("/ws/other")).toContain("404");
  });
});
