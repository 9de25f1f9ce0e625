import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, freeAddress, isAlive, type Json, openShell } from "./rain.ts";

describe("rain start", () => {
  it("starts a server and a worker with all cpus, which go on when it has returned", async () => {
    const shell = await openShell();
    const { address, pid, workers } = await shell.start();
    expect(workers).toEqual([{ id: 1, pid: expect.any(Number), cpus: availableParallelism() }]);
    expect([pid, workers[0].pid].every(isAlive)).toBe(true);
    const { value } = await shell.json("status");
    expect(value.server.address).toBe(address);
    expect(value.workers).toMatchObject([
      { id: 1, cpus: availableParallelism(), state: "online", running: 0 },
    ]);
  });

  it("tells a person where it is, where its logs are and what comes next", async () => {
    const shell = await openShell();
    const { code, stdout, stderr } = await shell.rain("start", "--listen", "0");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Rain is ready at 127\.0\.0\.1:\d+\. Its logs are in .*\nNext: .*rain submit/);
    expect(stderr).toMatch(/^✔ Server at 127\.0\.0\.1:\d+\n✔ Worker 1 with \d+ cpus?\n$/);
  });

  it("starts as many workers as are listed, and keeps a cpu for the server with -S", async () => {
    const shell = await openShell();
    const { workers } = await shell.start("--local-workers", "[3,1,2]", "-S");
    expect(workers.map(({ cpus }) => cpus)).toEqual([2, 1, 2]);
    const { value } = await shell.json("status");
    expect(value.workers.map(({ cpus }: { cpus: number }) => cpus).sort()).toEqual([1, 2, 2]);
  });

  it("puts logs and work where it is told, and runs under a prefix", async () => {
    const shell = await openShell();
    const { logDirectory, workDirectory } = await shell.start(
      ...["--logdir", "logs", "--workdir", "work", "--runprefix", "env RAIN_TEST_PREFIX=here"],
    );
    expect(logDirectory).toBe(join(shell.directory, "logs"));
    expect(readdirSync(logDirectory).sort()).toEqual(["server.log", "worker-1.log"]);
    expect(workDirectory.startsWith(join(shell.directory, "work"))).toBe(true);
    await shell.write(
      "env.yml",
      "rain: 1\ntasks: { e: { run: [printenv, RAIN_TEST_PREFIX], stdout: true } }\nsave: { e.txt: e }\n",
    );
    expect(await shell.rain("submit", "env.yml")).toMatchObject({ code: 0 });
    expect(readFileSync(join(shell.directory, "e.txt"), "utf8")).toBe("here\n");
  });

  it("says where Rain runs already, and leaves it alone", async () => {
    const shell = await openShell();
    const { address } = await shell.start();
    const { code, stderr } = await shell.rain("start");
    expect(code).toBe(1);
    expect(stderr).toContain(`error: Rain is already running on this machine, at ${address}`);
    expect(stderr).toContain("rain stop");
    expect(await shell.rain("status")).toMatchObject({ code: 0 });
  });

  it("names an address that is taken", async () => {
    const shell = await openShell();
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await shell.rain("start", "--listen", String(port));
    expect(code).toBe(1);
    expect(stderr).toContain(`error: cannot listen on 127.0.0.1:${port}: another program is listening there`);
    expect(existsSync(join(shell.home, "cluster.json"))).toBe(false);
  });

  it("names a work directory that cannot be written, and leaves no process", async () => {
    const shell = await openShell();
    await shell.write("file", "");
    const { code, stderr } = await shell.rain("start", "--listen", "0", "--workdir", "file/work");
    expect(code).toBe(1);
    expect(stderr).toContain(`error: cannot write to ${join(shell.directory, "file", "work")}`);
    expect(existsSync(join(shell.home, "cluster.json"))).toBe(false);
  });

  it("starts a new server where only the server has died; sessions and workers go on with it", async () => {
    const shell = await openShell();
    const { pid, workers, address } = await shell.start();
    await shell.write("nap.json", JSON.stringify({ rain: 1, tasks: { nap: { run: "sleep 2" } } }));
    await shell.rain("submit", "nap.json", "--detach");
    process.kill(pid, "SIGKILL");
    await eventually(() => !isAlive(pid), "the server is dead");
    const { code, stdout } = await shell.rain("start");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `The server at ${address} had died. A new server continues its sessions; the workers reconnect by themselves.\n`,
    });
    expect((await shell.rain("wait", "1")).code).toBe(0);
    expect((await shell.json("status")).value.workers).toMatchObject([{ pid: workers[0].pid }]);
  });

  it("forgets a cluster that has died", async () => {
    const shell = await openShell();
    const { pid, workers } = await shell.start();
    for (const victim of [pid, workers[0].pid]) process.kill(victim, "SIGKILL");
    await eventually(() => ![pid, workers[0].pid].some(isAlive), "they are dead");
    await shell.start();
  });
});

describe("rain stop", () => {
  it("leaves no process, no record and no work directory; journal and logs stay", async () => {
    const shell = await openShell();
    const { pid, workers, directory, workDirectory } = await shell.start("--local-workers", "[1,1]");
    const { code, value } = await shell.json("stop");
    expect(code).toBe(0);
    expect(value).toMatchObject({ stopped: true, directory });
    expect([pid, ...workers.map((worker) => worker.pid)].filter(isAlive)).toEqual([]);
    expect(readdirSync(shell.home)).toEqual(["clusters", "running", "server"]);
    expect(existsSync(workDirectory)).toBe(false);
    expect(readdirSync(directory)).toEqual(["logs"]);
    expect(readdirSync(join(shell.home, "server")).sort()).toEqual(["journal.rain", "stopped"]);
  });

  it("leaves its sessions to be read after the next start", async () => {
    const shell = await openShell();
    await shell.start();
    const tasks = {
      hello: { run: "echo hello", stdout: true, keep: true },
      large: { run: "head -c 100000 /dev/zero", stdout: true, keep: true },
    };
    await shell.write("hello.json", JSON.stringify({ rain: 1, tasks }));
    await shell.write("long.json", JSON.stringify({ rain: 1, tasks: { long: { run: "sleep 60" } } }));
    await shell.rain("submit", "hello.json");
    await shell.rain("submit", "long.json", "--detach");
    await shell.rain("stop");
    await shell.start();
    const { value } = await shell.json("status");
    expect(value.sessions).toMatchObject([
      { session: 2, name: "long", state: "cancelled", tasks: { cancelled: 1, failed: 0 } },
      { session: 1, name: "hello", state: "finished", tasks: { finished: 2 } },
    ]);
    expect((await shell.rain("logs", "1")).stdout).toContain("stdout: hello");
    expect(await shell.rain("fetch", "1", "hello")).toMatchObject({ code: 0, stdout: "hello\n" });
    const fetched = await shell.rain("fetch", "1", "large");
    expect(fetched).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("were lost when its cluster was stopped"),
    });
    process.kill((await shell.json("status")).value.server.pid, "SIGKILL");
    await shell.rain("start");
    // What an earlier stop has ended does not begin again when a later server dies.
    expect((await shell.json("status", "1")).value).toMatchObject({
      state: "finished",
      tasks: { finished: 2 },
    });
    expect((await shell.rain("logs", "1")).stdout).not.toContain("runs again");
    await shell.rain("submit", "hello.json");
    expect((await shell.json("status")).value.sessions.map(({ session }: Json) => session)).toEqual([
      3, 2, 1,
    ]);
  });

  it("ends the programs that still run", async () => {
    const shell = await openShell();
    await shell.start();
    await shell.write(
      "sleep.yml",
      'rain: 1\ntasks: { s: { run: [sh, -c, "echo $$ > pid; exec sleep 60"], out: [pid] } }\n',
    );
    await shell.rain("submit", "sleep.yml", "--detach");
    await eventually(
      async () => (await shell.json("status")).value.workers[0].running === 1,
      "the task runs",
    );
    expect(await shell.rain("stop")).toMatchObject({ code: 0 });
  });

  it("cancels what it ends at once, for the next start to tell", async () => {
    const shell = await openShell();
    await shell.start();
    await shell.write("long.json", JSON.stringify({ rain: 1, tasks: { long: { run: "sleep 60" } } }));
    await shell.rain("submit", "long.json", "--detach");
    await shell.rain("stop", "--force");
    await shell.start();
    expect((await shell.json("status", "1")).value).toMatchObject({
      state: "cancelled",
      error: { message: "session 1 was cancelled: the server was stopped" },
    });
  });

  it("ends everything at once with --force", async () => {
    const shell = await openShell();
    const { pid, workers, workDirectory } = await shell.start();
    // A process that is stopped cannot do anything orderly.
    process.kill(workers[0].pid, "SIGSTOP");
    expect(await shell.rain("stop", "--force")).toMatchObject({ code: 0 });
    expect([pid, workers[0].pid].filter(isAlive)).toEqual([]);
    expect(existsSync(workDirectory)).toBe(false);
  });

  it("says that nothing runs, which is no error", async () => {
    const address = await freeAddress();
    const shell = await openShell({ env: { RAIN_SERVER: address } });
    const { code, stdout } = await shell.rain("stop");
    expect(code).toBe(0);
    expect(stdout).toBe(`Nothing to stop: Rain is not running at ${address}.\n`);
    expect((await shell.json("stop")).value).toEqual({ version: 1, address, stopped: false });
  });
});

describe("rain server and rain worker", () => {
  it("run in the foreground until SIGTERM, and write ready files", async () => {
    const shell = await openShell();
    await mkdir(join(shell.directory, "work"));
    const server = shell.spawn("server", "--listen", "0", "--ready-file", "server.ready");
    await eventually(() => existsSync(join(shell.directory, "server.ready")), "the server is ready");
    const { address, pid } = JSON.parse(readFileSync(join(shell.directory, "server.ready"), "utf8"));
    const worker = shell.spawn(
      ...["governor", address, "--cpus", "1", "--workdir", "work", "--ready-file", "worker.ready"],
    );
    await eventually(() => existsSync(join(shell.directory, "worker.ready")), "the worker is ready");
    expect((await shell.json("status", "--server", address)).value.workers).toMatchObject([{ cpus: 1 }]);

    process.kill(pid, "SIGTERM");
    expect(await server).toMatchObject({ exitCode: 0 });
    expect(await worker).toMatchObject({ exitCode: 0 });
    expect(readdirSync(join(shell.directory, "work"))).toEqual([]);
  });

  it("are stopped by `rain stop` with their address", async () => {
    const shell = await openShell();
    const address = await freeAddress();
    const server = shell.spawn("server", "--listen", address, "--ready-file", "server.ready");
    await eventually(() => existsSync(join(shell.directory, "server.ready")), "the server is ready");
    expect((await shell.json("stop", "--server", address)).value).toEqual({
      version: 1,
      address,
      stopped: true,
    });
    expect(await server).toMatchObject({ exitCode: 0 });
  });

  it("a worker without a server ends with exit code 3", async () => {
    const shell = await openShell();
    const { code, stderr } = await shell.rain("worker", await freeAddress());
    expect(code).toBe(3);
    expect(stderr).toContain("connection refused");
  });
});
