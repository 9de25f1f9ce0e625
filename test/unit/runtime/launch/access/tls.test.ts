import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  checkHost,
  localHost,
  networkHost,
  workerListen,
} from "../../../../../src/runtime/launch/access/reachable.ts";
import { hostsOf, isFor, readTls } from "../../../../../src/runtime/launch/access/tls.ts";
import { type Certificate, makeCertificate } from "../../../../certificates.ts";

let directory: string;
let local: Certificate;
let named: Certificate;
let signed: Certificate;
let expired: Certificate;

beforeAll(async () => {
  vi.stubEnv("RAIN_TLS_CA", undefined);
  directory = await mkdtemp(join(tmpdir(), "tls-"));
  local = makeCertificate(directory, "local");
  named = makeCertificate(directory, "named", { names: "DNS:rain.example,DNS:*.rain.example,IP:192.0.2.7" });
  signed = makeCertificate(directory, "signed", {
    authority: makeCertificate(directory, "authority", { isAuthority: true }),
  });
  expired = makeCertificate(directory, "expired", { days: -1 });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const flagsOf = ({ certFile, keyFile }: Certificate) => ({ "tls-cert": certFile, "tls-key": keyFile });

describe("readTls", () => {
  it("says nothing without a certificate", async () => {
    expect(await readTls({})).toBeUndefined();
  });

  it("trusts a certificate that signed itself", async () => {
    expect(await readTls(flagsOf(local))).toEqual({
      identity: { cert: local.cert, key: local.key },
      trust: { ca: local.cert },
      files: { cert: local.certFile, key: local.keyFile, ca: local.certFile },
    });
  });

  it("trusts what the runtime trusts when somebody else signed it", async () => {
    expect(await readTls(flagsOf(signed))).toMatchObject({ trust: {}, files: { ca: undefined } });
  });

  it("trusts the authority of the flag, else that of $RAIN_TLS_CA", async () => {
    vi.stubEnv("RAIN_TLS_CA", named.certFile);
    expect(await readTls(flagsOf(local))).toMatchObject({ trust: { ca: named.cert } });
    const flags = { ...flagsOf(local), "tls-ca": signed.certFile };
    expect(await readTls(flags)).toMatchObject({ trust: { ca: signed.cert } });
    vi.stubEnv("RAIN_TLS_CA", undefined);
  });

  it.each([
    ["has expired", () => flagsOf(expired), "START_FAILED", /expired\.crt expired on/],
    [
      "is missing",
      () => ({ ...flagsOf(local), "tls-cert": "nowhere.crt" }),
      "IO",
      /cannot read the certificate .*nowhere\.crt/,
    ],
    [
      "has no key",
      () => ({ ...flagsOf(local), "tls-key": "nowhere.key" }),
      "IO",
      /cannot read the private key .*nowhere\.key/,
    ],
    [
      "has another key",
      () => ({ ...flagsOf(local), "tls-key": named.keyFile }),
      "START_FAILED",
      /named\.key does not belong to the certificate .*local\.crt/,
    ],
    [
      "is a key",
      () => ({ ...flagsOf(local), "tls-cert": local.keyFile }),
      "START_FAILED",
      /local\.key contains no certificate/,
    ],
    [
      "stands where the key should",
      () => ({ ...flagsOf(local), "tls-key": join(directory, "private.crt") }),
      "START_FAILED",
      /contains no private key/,
    ],
    [
      "is to be checked by what is no authority",
      () => ({ ...flagsOf(local), "tls-ca": local.keyFile }),
      "USAGE",
      /local\.key contains no certificate/,
    ],
  ])("refuses a certificate that %s", async (_, flags, code, message) => {
    await writeFile(join(directory, "private.crt"), local.cert, { mode: 0o600 });
    await expect(readTls(flags())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("refuses a key that all users can read", async () => {
    await chmod(named.keyFile, 0o644);
    await expect(readTls(flagsOf(named))).rejects.toMatchObject({
      code: "USAGE",
      hint: expect.stringContaining("chmod 600"),
    });
  });
});

describe("the hosts of a certificate", () => {
  it("are those that it names, without patterns", () => {
    expect(hostsOf(named.cert)).toEqual(["rain.example", "192.0.2.7"]);
  });

  it.each([
    ["rain.example", true],
    ["x.rain.example", true],
    ["192.0.2.7", true],
    ["127.0.0.1", false],
    ["evil.example", false],
  ])("%s: %s", (host, expected) => {
    expect(isFor(named.cert, host)).toBe(expected);
  });
});

describe("where a worker listens", () => {
  const nobody = { host: "127.0.0.1", port: 9 };

  it("is where it is told to, if its certificate is for that host", async () => {
    const told = { host: "rain.example", port: 7300 };
    expect(await workerListen(told, nobody)).toEqual(told);
    expect(await workerListen(told, nobody, named.cert)).toEqual(told);
    await expect(workerListen(told, nobody, local.cert)).rejects.toMatchObject({
      code: "START_FAILED",
      message: "the certificate of this worker is not valid for rain.example",
      hint: expect.stringContaining("localhost, 127.0.0.1"),
    });
  });

  it("is otherwise the address by which it reaches its server", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const address = { host: "localhost", port: (server.address() as AddressInfo).port };
      expect(await workerListen(undefined, address)).toEqual({ host: "127.0.0.1", port: 0 });
      expect(await workerListen(undefined, address, local.cert)).toEqual({ host: "127.0.0.1", port: 0 });
      await expect(workerListen(undefined, address, named.cert)).rejects.toThrow(
        /is not valid for 127\.0\.0\.1/,
      );
    } finally {
      server.close();
    }
  });

  it("is loopback when there is no server", async () => {
    expect(await workerListen(undefined, nobody)).toEqual({ host: "127.0.0.1", port: 0 });
  });
});

describe("how a server is reached", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["0.0.0.0", "127.0.0.1"],
    ["::", "::1"],
    ["10.0.0.7", "10.0.0.7"],
    ["rain.example", "rain.example"],
  ])("from this machine, when it listens on %s", (host, reached) => {
    expect(localHost(host)).toBe(reached);
  });

  it("from this machine, by a name of its certificate", () => {
    expect(localHost("127.0.0.1", local.cert)).toBe("127.0.0.1");
    expect(localHost("10.0.0.7", local.cert)).toBe("localhost");
    expect(localHost("0.0.0.0", named.cert)).toBe("rain.example");
  });

  it("not by a certificate for another host", () => {
    expect(() => checkHost("127.0.0.1", local.cert)).not.toThrow();
    expect(() => checkHost("127.0.0.2", local.cert)).toThrow(/is not valid for 127\.0\.0\.2/);
    expect(() => checkHost("127.0.0.1", named.cert)).toThrow(/is not valid for 127\.0\.0\.1/);
  });

  it("from the network, where its certificate says so", () => {
    expect(networkHost("10.0.0.7")).toBe("10.0.0.7");
    expect(networkHost("0.0.0.0", named.cert)).toBe("rain.example");
    expect(networkHost("0.0.0.0")).not.toBe("0.0.0.0");
  });
});
