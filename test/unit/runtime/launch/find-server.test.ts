import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { claimCluster } from "../../../../src/runtime/launch/cluster-record.ts";
import { findServer } from "../../../../src/runtime/launch/find-server.ts";
import { identify } from "../../../../src/runtime/platform/processes/identity.ts";
import { recordServer } from "../../../../src/runtime/security/local-servers.ts";
import { type Certificate, makeCertificate } from "../../../certificates.ts";

const RECORDED = "127.0.0.1:7301";
const OTHER = "rain.example:7210";

let home: string;
let authority: Certificate;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "find-"));
  vi.stubEnv("RAIN_HOME", home);
  for (const name of ["RAIN_SERVER", "RAIN_TOKEN", "RAIN_TLS_CA"]) vi.stubEnv(name, undefined);
  authority = makeCertificate(home, "authority");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

/** As `rain start` leaves it, of this very process. */
async function recordCluster(access: { token?: string; tls?: { caFile?: string } }): Promise<void> {
  const tokenFile = access.token === undefined ? undefined : await tokenIn("recorded", access.token);
  await claimCluster({
    address: RECORDED,
    ...(tokenFile && { tokenFile }),
    ...(access.tls && { tls: access.tls }),
    listenHost: "127.0.0.1",
    startedAt: new Date().toISOString(),
    server: identify(process.pid),
    workers: [],
    stateDirectory: home,
    directory: home,
    logDirectory: home,
    workDirectory: join(home, "work"),
  });
  const [host = "", port] = RECORDED.split(":");
  await recordServer({ host, port: Number(port), listenHost: host, tokenFile, tls: access.tls });
}

async function tokenIn(name: string, token: string): Promise<string> {
  await writeFile(join(home, name), token, { mode: 0o600 });
  return join(home, name);
}

describe("the address of the server", () => {
  it("is that of the flag, of $RAIN_SERVER, of the cluster of this machine, or the usual one, in this order", async () => {
    expect((await findServer({})).address).toBe("127.0.0.1:7210");
    await recordCluster({});
    expect((await findServer({})).address).toBe(RECORDED);
    vi.stubEnv("RAIN_SERVER", "other.example:1");
    expect((await findServer({})).address).toBe("other.example:1");
    expect((await findServer({ server: "https://rain.example/" })).address).toBe(OTHER);
  });

  it.each(["ftp://rain.example", "https://", "rain.example:99999"])("cannot be %j", async (server) => {
    await expect(findServer({ server })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("the token", () => {
  it("is that of the flag, of $RAIN_TOKEN, or of the cluster of this machine, in this order", async () => {
    const token = async (flags = {}) => (await findServer(flags)).credentials.token;
    expect(await token()).toBeUndefined();
    await recordCluster({ token: "the-token-of-the-cluster" });
    expect(await token()).toBe("the-token-of-the-cluster");
    vi.stubEnv("RAIN_TOKEN", "the-token-of-the-environment");
    expect(await token()).toBe("the-token-of-the-environment");
    vi.stubEnv("RAIN_TOKEN", "the-token-of-the-environment");
    const file = await tokenIn("mine", "the-token-of-the-flag\n");
    expect(await token({ "token-file": file })).toBe("the-token-of-the-flag");
    expect(process.env).not.toHaveProperty("RAIN_TOKEN");
  });

  it("of the cluster of this machine goes to no other server", async () => {
    await recordCluster({ token: "the-token-of-the-cluster" });
    for (const server of [OTHER, "127.0.0.2:7301", "[::1]:7301", "127.0.0.1:7302"]) {
      expect((await findServer({ server })).credentials.token).toBeUndefined();
    }
  });

  it("is found by another name of the address, which is then used instead", async () => {
    await recordCluster({ token: "the-token-of-the-cluster" });
    const credentials = { token: "the-token-of-the-cluster" };
    expect(await findServer({ server: "LocalHost:7301" })).toMatchObject({ address: RECORDED, credentials });
  });
});

describe("TLS", () => {
  const tls = async (flags = {}) => (await findServer(flags)).credentials.tls;

  it("is spoken with https://, and with whomever an authority is named for", async () => {
    expect(await tls({ server: OTHER })).toBeUndefined();
    expect(await tls({ server: `https://${OTHER}` })).toEqual({});
    expect(await tls({ server: OTHER, "tls-ca": authority.certFile })).toEqual({ ca: authority.cert });
    vi.stubEnv("RAIN_TLS_CA", authority.certFile);
    expect(await tls({ server: OTHER })).toEqual({ ca: authority.cert });
    expect(await tls({ server: `http://${OTHER}` })).toBeUndefined();
  });

  it("is spoken with the cluster of this machine as it was started, whatever the environment says", async () => {
    vi.stubEnv("RAIN_TLS_CA", makeCertificate(home, "other").certFile);
    await recordCluster({ tls: { caFile: authority.certFile } });
    expect(await tls()).toEqual({ ca: authority.cert });
  });

  it("is not spoken with one that was started without it", async () => {
    vi.stubEnv("RAIN_TLS_CA", authority.certFile);
    await recordCluster({});
    expect(await tls()).toBeUndefined();
  });
});
