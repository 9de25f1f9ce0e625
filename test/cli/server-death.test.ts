import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { eventually, isAlive, openShell, type Shell } from "./rain.ts";

const PARTS = 40;

/** Writes a session file of short programs and one that joins what they print; answers what it saves. */
async function writeParts(shell: Shell, seconds = 0.1, padding = 0): Promise<string> {
  const tasks = {
    part: {
      matrix: { i: Array.from({ length: PARTS }, (_, i) => i) },
      run: `sleep ${seconds}; printf "%0${padding}d\\n" \${{ matrix.i }} | tee -a ${join(shell.directory, "runs")}`,
      shell: true,
      stdout: true,
    },
    all: { type: "concat", inputs: ["part[*]"], keep: true },
  };
  await shell.write("parts.json", JSON.stringify({ rain: 1, tasks, save: { "all.txt": "all" } }));
  return Array.from({ length: PARTS }, (_, i) => `${String(i).padStart(padding, "0")}\n`).join("");
}

/** A server in the foreground, and how to find it. The same directory again goes on with the same journal. */
async function startServer(shell: Shell, listen = "0") {
  const ready = join(shell.directory, `ready-${performance.now()}`);
  const server = shell.spawn(
    "server",
    "--listen",
    listen,
    "--workdir",
    join(shell.directory, "state"),
    "--ready-file",
    ready,
  );
  onTestFinished(() => void server.kill("SIGKILL"));
  let address = "";
  await eventually(async () => {
    address = JSON.parse(await readFile(ready, "utf8").catch(() => "{}")).address ?? "";
    return address !== "";
  }, "the server is ready");
  return { server, address };
}

async function startWorker(shell: Shell, address: string, cpus = 2) {
  const workdir = join(shell.directory, "work");
  await mkdir(workdir, { recursive: true });
  const worker = shell.spawn("worker", address, "--cpus", String(cpus), "--workdir", workdir);
  onTestFinished(() => void worker.kill("SIGTERM"));
  // In an object: awaiting the process itself would wait for its end.
  return { worker };
}

const finishedTasks = async (shell: Shell, address: string) => {
  const { value } = await shell.json("status", "--server", address);
  return value.sessions?.[0]?.tasks.finished ?? 0;
};

it("a session outlives its server: what had finished does not run again, and the bytes are right", async () => {
  const shell = await openShell();
  const expected = await writeParts(shell);
  const first = await startServer(shell);
  await startWorker(shell, first.address);
  const submitted = shell.rain("submit", "parts.json", "--json", "--server", first.address);
  await eventually(
    async () => (await finishedTasks(shell, first.address)) > PARTS / 4,
    "some tasks have finished",
  );
  first.server.kill("SIGKILL");
  await first.server;
  const second = await startServer(shell, first.address.split(":")[1]);
  const { code, stdout, stderr } = await submitted;
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    state: "finished",
    tasks: { finished: PARTS + 1 },
  });
  expect(stderr).toContain(`the server at ${first.address} is lost; reconnecting, Ctrl-C gives up\n`);
  expect(stderr).toContain(`the server at ${first.address} is back\n`);
  expect(await readFile(join(shell.directory, "all.txt"), "utf8")).toBe(expected);
  const runs = (await readFile(join(shell.directory, "runs"), "utf8")).trim().split("\n");
  expect(runs.length - PARTS).toBeLessThanOrEqual(PARTS / 20);
  const logs = await shell.rain("logs", "1", "--server", second.address);
  expect(logs.stdout).toContain("session-changed  finished");
  expect((await shell.rain("stop", "--server", second.address)).code).toBe(0);
});

it("a server that is started again hears of a program that ends while it waits for another worker", async () => {
  const shell = await openShell();
  const runs = join(shell.directory, "runs");
  await shell.write(
    "one.yml",
    `{ rain: 1, tasks: { t: { shell: true, run: "echo run >> ${runs}; sleep 3" } } }`,
  );
  const first = await startServer(shell);
  await startWorker(shell, first.address, 1);
  const submitted = shell.rain("submit", "one.yml", "--timeout", "40s", "--server", first.address);
  await eventually(async () => (await readFile(runs, "utf8").catch(() => "")) !== "", "the program runs");
  const { worker: idle } = await startWorker(shell, first.address, 1);
  const isHere = async () =>
    (await shell.json("status", "--server", first.address)).value.workers.length === 2;
  await eventually(isHere, "the other worker has joined");
  // The new server waits five seconds for a worker that does not answer.
  idle.kill("SIGSTOP");
  onTestFinished(() => void idle.kill("SIGKILL"));
  first.server.kill("SIGKILL");
  await first.server;
  const second = await startServer(shell, first.address.split(":")[1]);
  expect((await submitted).stderr).toContain("finished");
  expect(await submitted).toMatchObject({ code: 0 });
  expect(await readFile(runs, "utf8")).toBe("run\n");
  idle.kill("SIGCONT");
  expect((await shell.rain("stop", "--server", second.address)).code).toBe(0);
});

it("a server that is started again does not repeat programs without results that ended without a server", async () => {
  const shell = await openShell();
  const ran = () => readFile(join(shell.directory, "ran"), "utf8").catch(() => "");
  const steps =
    "echo started >> $here/ran; until [ -e $here/go ]; do sleep 0.1; done; echo ended >> $here/ran";
  await shell.write(
    "steps.yml",
    `{ rain: 1, tasks: { t: { shell: true, run: "here=${shell.directory}; ${steps}" }, u: { run: [sleep, "0"], needs: [t] } } }`,
  );
  const first = await startServer(shell);
  await startWorker(shell, first.address, 1);
  const submitted = shell.rain("submit", "steps.yml", "--timeout", "40s", "--server", first.address);
  await eventually(async () => (await ran()) !== "", "the program runs");
  first.server.kill("SIGKILL");
  await first.server;
  await shell.write("go", "");
  await eventually(async () => (await ran()).includes("ended"), "the program has ended");
  const second = await startServer(shell, first.address.split(":")[1]);
  expect(await submitted).toMatchObject({ code: 0 });
  expect(await ran()).toBe("started\nended\n");
  expect((await shell.rain("stop", "--server", second.address)).code).toBe(0);
});

it("a server that is started again makes what nobody holds any more", async () => {
  const shell = await openShell();
  const expected = await writeParts(shell, 0.01, 2000);
  const first = await startServer(shell);
  const { worker } = await startWorker(shell, first.address);
  expect((await shell.rain("submit", "parts.json", "--server", first.address)).code).toBe(0);
  first.server.kill("SIGKILL");
  worker.kill("SIGKILL");
  await Promise.all([first.server, worker]);
  const second = await startServer(shell, first.address.split(":")[1]);
  await startWorker(shell, second.address);
  const fetched = await shell.rain("fetch", "1", "all", "--server", second.address);
  expect(fetched).toMatchObject({ code: 0, stdout: expected });
  expect((await shell.rain("stop", "--server", second.address)).code).toBe(0);
});

it("Ctrl-C ends a submit whose server is gone", async () => {
  const shell = await openShell();
  await writeParts(shell, 30);
  const { server, address } = await startServer(shell);
  const { worker } = await startWorker(shell, address);
  const submit = shell.spawn("submit", "parts.json", "--server", address);
  let said = "";
  submit.stderr?.on("data", (text) => {
    said += text;
  });
  await eventually(
    async () => (await shell.json("status", "--server", address)).value.sessions?.[0]?.state === "running",
    "it runs",
  );
  server.kill("SIGKILL");
  await eventually(() => said.includes("is lost; reconnecting"), "it says so");
  submit.kill("SIGINT");
  expect((await submit).exitCode).toBe(130);
  worker.kill("SIGTERM");
  await worker;
  expect(worker.pid && isAlive(worker.pid)).toBe(false);
});
