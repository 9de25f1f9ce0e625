import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually, openShell } from "./rain.ts";

/** A task that tells what programs see of the worker's environment. */
const ENVIRONMENT =
  "rain: 1\ntasks: { env: { run: env, stdout: true, keep: true, where: { workers: [WORKER] } } }\n";

/** Every file below a directory that holds the text. */
function filesWith(directory: string, text: string): string[] {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => {
    const full = join(directory, path);
    return statSync(full).isFile() && readFileSync(full).includes(text);
  });
}

it("a cluster with a token works for the commands of its user, and for nobody else", async () => {
  const shell = await openShell();
  const { address, tokenFile } = await shell.start("--token");
  const token = readFileSync(tokenFile, "utf8").trim();
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  expect(await shell.rain("status")).toMatchObject({ code: 0 });

  const stranger = await openShell();
  const refused = await stranger.rain("status", "--server", address);
  expect(refused).toMatchObject({ code: 3, stdout: "" });
  expect(refused.stderr).toMatch(
    /^error: this cluster requires a token.*\nhint: {2}Give the token .*--token-file FILE/,
  );
  const wrong = await openShell({ env: { RAIN_TOKEN: "the-token-of-another" } });
  const answer = await wrong.json("status", "--server", address);
  expect(answer).toMatchObject({ code: 3, value: { error: { code: "UNAUTHORIZED" } } });

  const friend = await openShell({ env: { RAIN_TOKEN: token, RAIN_SERVER: address } });
  expect(await friend.rain("status")).toMatchObject({ code: 0 });
  await cp(tokenFile, join(stranger.directory, "copy"));
  expect(await stranger.rain("status", "--server", address, "--token-file", "copy")).toMatchObject({
    code: 0,
  });
});

it("the token stays out of logs, the journal, the list of processes and the environment of tasks", async () => {
  const shell = await openShell();
  const { address, tokenFile } = await shell.start("--token");
  const token = readFileSync(tokenFile, "utf8").trim();
  const elsewhere = await openShell({ env: { RAIN_TOKEN: token } });
  const worker = elsewhere.spawn("worker", address, "--cpus", "1", "--workdir", "work", "--logdir", "logs");
  const workers = async () => (await shell.json("status")).value.workers;
  await eventually(async () => (await workers()).length === 2, "the second worker has joined");

  for (const id of [1, 2]) {
    await shell.write("env.yml", ENVIRONMENT.replace("WORKER", String(id)));
    const { value } = await shell.json("submit", "env.yml");
    const { code, stdout } = await shell.rain("fetch", String(value.session), "env");
    expect(code).toBe(0);
    expect(stdout).toContain("PATH=");
    expect(stdout).not.toContain(token);
  }
  await elsewhere.rain("status", "--server", `${address}1`);
  expect(execFileSync("ps", ["axww"], { encoding: "utf8" })).not.toContain(token);
  expect(filesWith(shell.home, token)).toEqual([expect.stringMatching(/\/token$/)]);
  expect(filesWith(elsewhere.directory, token)).toEqual([]);

  worker.kill("SIGTERM");
  await worker;
  expect(await shell.rain("stop")).toMatchObject({ code: 0 });
  expect(filesWith(shell.home, token)).toEqual([]);
});

it("a worker is told where it cannot be reached, or would be without a token", async () => {
  const shell = await openShell();
  const address = "127.0.0.1:9";
  const nowhere = await shell.rain("worker", address, "--listen", "0.0.0.0");
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringMatching(/0\.0\.0\.0 is not an address/) });
  const open = await shell.rain("worker", address, "--listen", "192.0.2.1");
  expect(open).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/needs a token\nhint: .*--token-file/),
  });
});
