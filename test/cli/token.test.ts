import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, isAlive, openShell } from "./rain.ts";

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

it("a cluster works for the commands of its user, and for nobody else", async () => {
  const shell = await openShell();
  const { address, tokenFile } = await shell.start();
  const token = readFileSync(tokenFile, "utf8").trim();
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  expect(await shell.rain("status")).toMatchObject({ code: 0 });

  const stranger = await openShell();
  const refused = await stranger.rain("status", "--server", address);
  expect(refused).toMatchObject({ code: 3, stdout: "" });
  expect(refused.stderr).toMatch(
    new RegExp(
      `^error: the server at ${address} belongs to .*; its commands need its token\nhint: {2}Give its token with --token-file FILE`,
    ),
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
  const { address, tokenFile } = await shell.start();
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

it("a server in the foreground is found by its address, by commands, workers and programs of its user", async () => {
  const shell = await openShell();
  await mkdir(join(shell.directory, "work"));
  const server = shell.spawn("server", "--listen", "0", "--ready-file", "server.ready");
  await eventually(() => existsSync(join(shell.directory, "server.ready")), "the server is ready");
  const { address } = JSON.parse(readFileSync(join(shell.directory, "server.ready"), "utf8"));
  const byName = address.replace("127.0.0.1", "localhost");
  const worker = shell.spawn("worker", byName, "--cpus", "1", "--workdir", "work");
  const workers = async () => (await shell.json("status", "--server", address)).value.workers;
  await eventually(async () => (await workers()).length === 1, "the worker has joined");
  const program = `
    import { connect } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
    const client = await connect(${JSON.stringify(byName)});
    console.log((await client.status()).workers.length);
    await client.close();
  `;
  const env = { ...process.env, RAIN_HOME: shell.home };
  const run = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    env,
    encoding: "utf8",
  });
  expect(run).toBe("1\n");

  const stranger = await openShell();
  expect(await stranger.rain("status", "--server", address)).toMatchObject({ code: 3 });
  expect(await shell.rain("stop", "--server", byName)).toMatchObject({ code: 0 });
  expect(await server).toMatchObject({ exitCode: 0 });
  expect(await worker).toMatchObject({ exitCode: 0 });
  expect(readdirSync(join(shell.home, "running"))).toEqual([]);
});

it("servers in the foreground share a token that stays, so that their workers can join the next one", async () => {
  const shell = await openShell();
  const tokenOf = async (...flags: string[]) => {
    const server = shell.spawn("server", "--listen", "0", "--json", ...flags);
    const [line] = await once(server.stdout!, "data");
    server.kill("SIGTERM");
    await server;
    const { tokenFile } = JSON.parse(String(line));
    return { tokenFile, token: readFileSync(tokenFile, "utf8") };
  };
  const first = await tokenOf();
  expect(first.tokenFile).toBe(join(shell.home, "token"));
  expect(statSync(first.tokenFile).mode & 0o777).toBe(0o600);
  expect(await tokenOf()).toEqual(first);
  expect((await tokenOf("--workdir", "own")).token).not.toBe(first.token);
});

describe("--no-token", () => {
  it("opens a cluster to all users of the machine, with a warning, also for a server in its place", async () => {
    const shell = await openShell();
    const { code, stderr, stdout } = await shell.rain("start", "--listen", "0", "--no-token", "--json");
    expect(code).toBe(0);
    expect(stderr).toContain("warning: without a token, every user of this machine can run programs as you");
    const { address, tokenFile, pid } = JSON.parse(stdout);
    expect(tokenFile).toBeUndefined();
    const stranger = await openShell();
    await stranger.write("t.yml", "{ rain: 1, tasks: { t: { run: 'true' } } }");
    expect(await stranger.rain("submit", "t.yml", "--server", address)).toMatchObject({ code: 0 });

    process.kill(pid, "SIGKILL");
    await eventually(() => !isAlive(pid), "the server is dead");
    const revived = await shell.rain("start");
    expect(revived).toMatchObject({ code: 0, stderr: expect.stringContaining("warning: without a token") });
    expect(await stranger.rain("status", "--server", address)).toMatchObject({ code: 0 });
  });

  it.each([
    ["on an address other than loopback", ["--listen", "0.0.0.0:0"], /other machines can reach 0\.0\.0\.0/],
    [
      "together with a token",
      ["--listen", "0", "--token-file", "token"],
      /--no-token and --token-file exclude each other/,
    ],
  ])("is refused %s", async (_, flags, message) => {
    const shell = await openShell();
    for (const command of ["start", "server"]) {
      const { code, stderr } = await shell.rain(command, "--no-token", ...flags);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    }
  });
});
