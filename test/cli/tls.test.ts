import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeCertificate } from "../certificates.ts";
import { eventually, isAlive, openShell, type Shell } from "./rain.ts";

const SESSION = "rain: 1\ntasks: { hello: { run: [echo, hello], stdout: true, keep: true } }\n";

/** The flags for a certificate of the shell's own, which names loopback unless told otherwise. */
function certificate(shell: Shell, wishes: Parameters<typeof makeCertificate>[2] = {}) {
  const { certFile, keyFile } = makeCertificate(shell.directory, "server", wishes);
  return ["--tls-cert", certFile, "--tls-key", keyFile];
}

it("a cluster with a certificate works for the commands of this machine without further words", async () => {
  const shell = await openShell();
  await shell.start("--local-workers", "[1,1]", ...certificate(shell));
  await shell.write("hello.yml", SESSION);
  expect(await shell.rain("submit", "hello.yml")).toMatchObject({ code: 0 });
  expect(await shell.rain("fetch", "1", "hello")).toMatchObject({ code: 0, stdout: "hello\n" });
  const { value } = await shell.json("status");
  expect(value.workers).toHaveLength(2);
  expect(await shell.rain("stop")).toMatchObject({ code: 0 });
});

it("elsewhere a command needs the certificate besides the token, and says so", async () => {
  const shell = await openShell();
  const { address, tokenFile } = await shell.start(...certificate(shell));
  const elsewhere = await openShell();
  const status = (...args: string[]) => elsewhere.rain("status", "--token-file", tokenFile, ...args);

  const plain = await status("--server", address);
  expect(plain).toMatchObject({ code: 3, stderr: expect.stringMatching(/accepts only TLS\nhint: .*https:/) });
  const stop = await elsewhere.rain("stop", "--server", address);
  expect(stop).toMatchObject({ code: 3, stderr: expect.stringMatching(/accepts only TLS/) });
  const stranger = await status("--server", `https://${address}`);
  expect(stranger).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/is not trusted.*\nhint: .*--tls-ca/),
  });

  const authority = join(shell.directory, "server.crt");
  expect(await status("--server", address, "--tls-ca", authority)).toMatchObject({ code: 0 });
  const token = readFileSync(tokenFile, "utf8").trim();
  const env = { RAIN_SERVER: `https://${address}`, RAIN_TLS_CA: authority, RAIN_TOKEN: token };
  const friend = await openShell({ env });
  expect(await friend.rain("status")).toMatchObject({ code: 0 });
  const missing = await status("--server", address, "--tls-ca", "nowhere.crt");
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot read .*nowhere\.crt/) });
});

it.each([
  [
    "of another host",
    { names: "DNS:rain.example" },
    /is not valid for 127\.0\.0\.1.*\nhint: .*rain\.example/,
  ],
  ["that has expired", { days: -1 }, /expired on/],
])("no cluster starts with a certificate %s", async (_, wishes, message) => {
  const shell = await openShell();
  const { code, stderr } = await shell.rain("start", "--listen", "0", ...certificate(shell, wishes));
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

it("no cluster starts with half of what TLS needs", async () => {
  const shell = await openShell();
  const [, certFile] = certificate(shell);
  const { code, stderr } = await shell.rain("start", "--listen", "0", "--tls-cert", certFile);
  expect(code).toBe(2);
  expect(stderr).toContain("--tls-key");
});

it("the private key stays out of logs and the journal", async () => {
  const shell = await openShell();
  const { logDirectory } = await shell.start(...certificate(shell));
  const key = readFileSync(join(shell.directory, "server.key"), "utf8").split("\n")[1];
  for (const log of ["server.log", "worker-1.log"]) {
    expect(readFileSync(join(logDirectory, log), "utf8")).not.toContain(key);
  }
});

it("a server that takes the place of a dead one lets its workers and its user in again", async () => {
  const shell = await openShell();
  const flags = certificate(shell);
  const { pid } = await shell.start(...flags);
  await shell.write("hello.yml", SESSION);
  expect(await shell.rain("submit", "hello.yml")).toMatchObject({ code: 0 });
  process.kill(pid, "SIGKILL");
  await eventually(() => !isAlive(pid), "the server is dead");

  const forgotten = await shell.rain("start");
  expect(forgotten).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--tls-cert and --tls-key again"),
  });
  expect(await shell.rain("start", ...flags)).toMatchObject({ code: 0 });
  expect(await shell.rain("fetch", "1", "hello")).toMatchObject({ code: 0, stdout: "hello\n" });
});
