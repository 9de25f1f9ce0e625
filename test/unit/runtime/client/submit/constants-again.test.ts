import { describe, expect, it } from "vitest";
import { blob, remote, type Session, tasks } from "../../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../../src/runtime/errors.ts";
import type { Submission } from "../../../../../src/runtime/protocol/messages/index.ts";
import { startFakeServer } from "../fake-server.ts";

const sent = (chunk: Submission | undefined) => chunk?.constants.map(({ data }) => String(data));
const use = (session: Session, constant: ReturnType<typeof blob>) =>
  session.submit(tasks.concat([constant, constant]));

describe("a constant that is submitted again", () => {
  it("is sent again, once for each submit, since the session does not have it any more", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    const constant = blob("x", { key: "x" });
    await use(session, constant);
    await session.submit([tasks.concat([constant]), tasks.concat([constant])]);
    expect(chunks.map(sent)).toEqual([["x"], ["x"]]);
    expect(chunks.map(({ inputs }) => [...inputs])).toEqual([
      [0, 0],
      [2, 2],
    ]);
    // The key names the first one: a session has each key once.
    expect(chunks.map(({ constantKeys }) => constantKeys.text)).toEqual([["x"], []]);
  });

  it("is not sent again while the session keeps it", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    const constant = blob("x").keep();
    await use(session, constant);
    await use(session, constant);
    await constant.unkeep();
    await use(session, constant);
    expect(chunks.map(sent)).toEqual([["x"], [], ["x"]]);
    expect(chunks.map(({ inputs }) => [...inputs])).toEqual([
      [0, 0],
      [0, 0],
      [3, 3],
    ]);
  });

  it("is sent to every session, which keep it apart", async () => {
    const { client, calls, chunks } = await startFakeServer();
    const [one, other] = [await client.newSession(), await client.newSession()];
    const constant = blob("x").keep();
    await use(one, constant);
    await other.submit(tasks.concat([blob("y"), constant]));
    await use(one, constant);
    expect(chunks.map(sent)).toEqual([["x"], ["y", "x"], []]);
    expect(chunks.map(({ inputs }) => [...inputs])).toEqual([
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    await one.wait(constant);
    await other.wait(constant);
    const waits = calls.filter(({ method }) => method === "wait").map(({ params }) => params);
    expect(waits).toMatchObject([
      { session: 1, objects: Uint32Array.of(0) },
      { session: 2, objects: Uint32Array.of(1) },
    ]);
    await other.unkeep([constant]);
    await use(one, constant);
    await use(other, constant);
    expect(chunks.slice(3).map(sent)).toEqual([[], ["x"]]);
  });

  it("belongs to several sessions at the same time", async () => {
    const { client, chunks } = await startFakeServer();
    const sessions = await Promise.all(Array.from({ length: 5 }, () => client.newSession()));
    const large = blob(Buffer.alloc(100_000, 1));
    await Promise.all(sessions.map((session) => session.submit(blob("first"), tasks.concat([large]))));
    expect(chunks.map(({ inputs }) => [...inputs])).toEqual(sessions.map(() => [1]));
    await Promise.all(sessions.map((session) => session.wait(large)));
  });

  it("is where it was if the later submit fails", async () => {
    let submits = 0;
    const { client } = await startFakeServer({
      on: {
        submit: () => {
          if (++submits > 1) throw new RainError("UNKNOWN_TASK_TYPE", "no worker offers this");
          return {};
        },
      },
    });
    const [one, other] = [await client.newSession(), await client.newSession()];
    const [constant, fresh] = [blob("x"), blob("y")];
    await use(one, constant);
    for (const session of [one, other]) {
      await expect(session.submit(tasks.concat([constant, fresh]))).rejects.toMatchObject({
        code: "UNKNOWN_TASK_TYPE",
      });
      expect([constant.session, constant.number]).toEqual([one, 0]);
      expect(fresh.session).toBeUndefined();
    }
    await one.wait(constant);
    await expect(other.wait(constant)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("is placed without a trace", async () => {
    const placement = { workers: [], tasks: [], blocked: [], seconds: 0, transferredBytes: 0 };
    const { client } = await startFakeServer({ on: { place: () => placement as never } });
    const session = await client.newSession();
    const constant = blob("x");
    await use(session, constant);
    await client.place([tasks.concat([constant])]).catch(() => {});
    expect([constant.session, constant.number]).toEqual([session, 0]);
  });
});

it("a remote function can be called in every submit and session", async () => {
  const { client, chunks } = await startFakeServer();
  const [one, other] = [await client.newSession(), await client.newSession()];
  const increment = remote((x: number) => x + 1);
  await one.submit(increment(1));
  await one.submit([increment(2), increment(3)]);
  await other.submit(increment(4));
  expect(chunks.map(({ constants }) => constants.length)).toEqual([1, 1, 1]);
});
