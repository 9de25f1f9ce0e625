import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serverTokenFile, takeToken } from "../../../../../src/runtime/launch/access/token.ts";
import { readTokenFile } from "../../../../../src/runtime/security/token-file.ts";

const GIVEN = "given-by-the-environment";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "token-"));
  vi.stubEnv("RAIN_TOKEN", undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

type Wishes = Partial<Parameters<typeof serverTokenFile>[0]>;

const tokenFor = (host: string, wishes: Wishes = {}) =>
  serverTokenFile({ host, required: true, file: undefined, directory, ...wishes });

describe("the token of a server", () => {
  it.each(["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.7", "rain.example"])(
    "is made for %s, and only its user can read it",
    async (host) => {
      const file = (await tokenFor(host)) as string;
      expect(await readTokenFile(file)).toMatch(/^[\w-]{43}$/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(directory)).toEqual(["token"]);
    },
  );

  it("is made in the file that is named", async () => {
    expect(await tokenFor("127.0.0.1", { file: join(directory, "mine") })).toBe(join(directory, "mine"));
    expect(await readdir(directory)).toEqual(["mine"]);
  });

  it.each(["127.0.0.1", "127.0.0.2", "::1", "localhost"])("can be left out on %s", async (host) => {
    vi.stubEnv("RAIN_TOKEN", GIVEN);
    expect(await tokenFor(host, { required: false })).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
    expect(process.env).not.toHaveProperty("RAIN_TOKEN");
  });

  it.each(["0.0.0.0", "::", "10.0.0.7", "rain.example", "127.evil.example"])(
    "cannot be left out on %s",
    async (host) => {
      await expect(tokenFor(host, { required: false })).rejects.toMatchObject({ code: "USAGE" });
    },
  );

  it("is not left out and named at once", async () => {
    const file = join(directory, "mine");
    await expect(tokenFor("127.0.0.1", { required: false, file })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("is the same for all servers that share a directory, also if they start at once", async () => {
    const shared = await mkdtemp(join(directory, "shared-"));
    const files = await Promise.all(Array.from({ length: 8 }, () => tokenFor("127.0.0.1", { shared })));
    expect(new Set(files)).toEqual(new Set([join(shared, "token")]));
    expect(await readdir(shared)).toEqual(["token"]);
    const token = await readTokenFile(join(shared, "token"));
    expect(await readTokenFile((await tokenFor("127.0.0.1", { shared })) as string)).toBe(token);
  });

  it("of the environment does not replace the one that servers share", async () => {
    const shared = await mkdtemp(join(directory, "shared-"));
    vi.stubEnv("RAIN_TOKEN", GIVEN);
    expect(await tokenFor("127.0.0.1", { shared })).toBe(join(directory, "token"));
    expect(await readdir(shared)).toEqual([]);
  });

  it("stays what it is when the server starts again", async () => {
    const first = await readTokenFile((await tokenFor("0.0.0.0")) as string);
    expect(await readTokenFile((await tokenFor("0.0.0.0")) as string)).toBe(first);
  });

  it("is that of $RAIN_TOKEN, unless a file is named", async () => {
    vi.stubEnv("RAIN_TOKEN", GIVEN);
    expect(await readTokenFile((await tokenFor("0.0.0.0")) as string)).toBe(GIVEN);
    vi.stubEnv("RAIN_TOKEN", GIVEN);
    const file = join(directory, "mine");
    expect(await readTokenFile((await tokenFor("0.0.0.0", { file })) as string)).not.toBe(GIVEN);
  });

  it("cannot be written where there is no directory", async () => {
    const file = join(directory, "missing", "token");
    await expect(tokenFor("0.0.0.0", { file })).rejects.toMatchObject({ code: "IO" });
  });
});

describe("readTokenFile", () => {
  const file = () => join(directory, "token");

  it("wants a file that is not open to all users, though perhaps to a group", async () => {
    await writeFile(file(), GIVEN, { mode: 0o600 });
    expect(await readTokenFile(file())).toBe(GIVEN);
    await chmod(file(), 0o640);
    expect(await readTokenFile(file())).toBe(GIVEN);
    for (const mode of [0o604, 0o644, 0o602]) {
      await chmod(file(), mode);
      await expect(readTokenFile(file())).rejects.toMatchObject({
        code: "USAGE",
        hint: expect.stringContaining("chmod 600"),
      });
    }
  });

  it.each(["", "short", "two words of the token", "ä".repeat(20), "a".repeat(600)])(
    "refuses %j and does not repeat it",
    async (content) => {
      await writeFile(file(), content, { mode: 0o600 });
      const error = await readTokenFile(file()).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "USAGE" });
      expect(error.message).toBe(`${file()} contains no token`);
      expect(await readFile(file(), "utf8")).toBe(content);
    },
  );

  it("says which file is missing", async () => {
    await expect(readTokenFile(file())).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining(file()),
    });
  });
});

describe("takeToken", () => {
  it("leaves none in the environment", () => {
    vi.stubEnv("RAIN_TOKEN", GIVEN);
    expect(takeToken()).toBe(GIVEN);
    expect(process.env).not.toHaveProperty("RAIN_TOKEN");
    expect(takeToken()).toBeUndefined();
  });

  it("refuses what is no token", () => {
    vi.stubEnv("RAIN_TOKEN", "short");
    expect(() => takeToken()).toThrow("$RAIN_TOKEN contains no token");
  });
});
