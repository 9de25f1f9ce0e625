import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  findLocalServer,
  recordServer,
  safeAddress,
  tokenOf,
} from "../../../../src/runtime/security/local-servers.ts";

const TOKEN = "the-token-of-the-server";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "servers-"));
  vi.stubEnv("RAIN_HOME", home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

/** Records a server of this process. */
async function record(listenHost: string, host = listenHost): Promise<() => Promise<void>> {
  const tokenFile = join(home, "token");
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  return recordServer({ host, port: 7301, listenHost, tokenFile });
}

/** The address that is used for a server that was found by `asked`; `undefined` if none was found. */
async function found(asked: string): Promise<string | undefined> {
  const server = await findLocalServer(asked);
  return server && safeAddress(server, asked);
}

it("the record of a server holds where its token is, not the token, and is gone with the server", async () => {
  const forget = await record("127.0.0.1");
  const [name = ""] = await readdir(join(home, "running"));
  expect((await stat(join(home, "running", name))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(home, "running", name), "utf8")).not.toContain(TOKEN);
  const server = await findLocalServer("127.0.0.1:7301");
  expect(await tokenOf(server!)).toBe(TOKEN);
  await forget();
  expect(await found("127.0.0.1:7301")).toBeUndefined();
  expect(await readdir(join(home, "running"))).toEqual([]);
});

describe("a server on 127.0.0.1", () => {
  beforeEach(async () => void (await record("127.0.0.1")));

  it.each(["127.0.0.1:7301", "localhost:7301", "LOCALHOST:7301"])("is found by %s", async (asked) => {
    // Another user may listen on the other address of `localhost`.
    expect(await found(asked)).toBe("127.0.0.1:7301");
  });

  it.each([
    "127.0.0.1:7302",
    "127.0.0.2:7301",
    "[::1]:7301",
    "10.0.0.7:7301",
    `${hostname()}:7301`,
    "rain.example:7301",
    "127.0.0.1.evil.example:7301",
    "not an address",
  ])("is not found by %s", async (asked) => {
    expect(await found(asked)).toBeUndefined();
  });
});

describe("a server on all addresses", () => {
  it("is found by all names of this machine", async () => {
    await record("0.0.0.0", "127.0.0.1");
    expect(await found("localhost:7301")).toBe("127.0.0.1:7301");
    expect(await found("127.0.0.5:7301")).toBe("127.0.0.1:7301");
    const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family, internal } of outside) {
      if (!internal && family === "IPv4") expect(await found(`${address}:7301`)).toBe(`${address}:7301`);
    }
    expect(await found("[::1]:7301")).toBeUndefined();
    expect(await found("rain.example:7301")).toBeUndefined();
  });

  it("of IPv6 is found by those of IPv4 too", async () => {
    await record("::", "::1");
    expect(await found("[::1]:7301")).toBe("[::1]:7301");
    expect(await found("127.0.0.1:7301")).toBe("[::1]:7301");
  });
});

describe("a record that a server left when it was killed", () => {
  const leave = async (change: object) => {
    await record("127.0.0.1");
    const [name = ""] = await readdir(join(home, "running"));
    const path = join(home, "running", name);
    const text = JSON.parse(await readFile(path, "utf8"));
    await rm(path);
    const old = path.replace(String(process.pid), "1");
    await writeFile(old, JSON.stringify({ ...text, ...change }));
    return old;
  };

  it("is not used, since another program may listen there now", async () => {
    await leave({ startTime: 1 });
    expect(await found("127.0.0.1:7301")).toBeUndefined();
  });

  it("is removed by the next server", async () => {
    const old = await leave({ startTime: 1 });
    await record("127.0.0.1");
    expect(await readdir(join(home, "running"))).toHaveLength(1);
    await expect(stat(old)).rejects.toThrow();
  });
});

it.each(["", "null", "[]", '{"pid":1}', "{"])("a record with %j is skipped", async (text) => {
  await record("127.0.0.1");
  const [name = ""] = await readdir(join(home, "running"));
  await writeFile(join(home, "running", name.replace(String(process.pid), "1")), text);
  expect(await found("127.0.0.1:7301")).toBe("127.0.0.1:7301");
});

it("nothing is found without a directory, or in that of another user", async () => {
  expect(await found("127.0.0.1:7301")).toBeUndefined();
  await writeFile(join(home, "running"), "not a directory");
  expect(await found("127.0.0.1:7301")).toBeUndefined();
});
