import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOCUMENTS } from "../../src/commands/documents/index.ts";
import { createShell, eventually, type Json, type Shell } from "./rain.ts";

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const schemas = new Map<string, ValidateFunction>();

/** The published schema of a document, which also has no other fields than those that it names. */
function schemaOf(name: string): ValidateFunction {
  const known = schemas.get(name);
  if (known) return known;
  const text = readFileSync(new URL(`../../schema/documents/${name}.json`, import.meta.url), "utf8");
  const validate = ajv.compile(strict(JSON.parse(text)));
  schemas.set(name, validate);
  return validate;
}

function strict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, strict(value)]);
  const isObject = schema.properties !== undefined && schema.additionalProperties === undefined;
  return { ...Object.fromEntries(entries), ...(isObject && { additionalProperties: false }) };
}

const seen = new Set<string>();

/** Runs a command with `--json`. Checks its document against the schema, or that of an error. */
async function answer(name: string, code: number, ...args: string[]): Promise<Json> {
  const outcome = await shell.json(...args);
  expect(outcome.code).toBe(code);
  follows(name, outcome.value);
  return outcome.value;
}

function follows(name: string, document: Json): void {
  const validate = schemaOf(name);
  expect(validate(document) ? [] : validate.errors).toEqual([]);
  expect(document.version).toBe(1);
  seen.add(name);
}

const FILE = `
rain: 1
name: mixed
onFailure: continue
params: { word: { type: string, default: hello, description: A word } }
tasks:
  good: { run: "echo \${{ params.word }}", stdout: true, group: say }
  bad: { run: [sh, -c, "echo oh no >&2; exit 3"], stdout: true, retries: 1 }
  after: { run: [cat], stdin: bad, stdout: true }
save: { good.txt: good, after.txt: after }
`;
const NAP = "rain: 1\ntasks: { nap: { run: [sleep, '60'] }, then: { run: [sleep, '60'] } }\n";
const STOPS = "rain: 1\ntasks: { bad: { run: [cat, nothing] } }\n";
const BLOCKED = "rain: 1\ntasks: { huge: { run: [date], resources: { cpus: 640 } } }\n";

let shell: Shell;

beforeAll(async () => {
  shell = await createShell();
  await shell.write("mixed.yml", FILE);
  await shell.write("nap.yml", NAP);
  await shell.write("stops.yml", STOPS);
  await shell.write("blocked.yml", BLOCKED);
});
afterAll(() => shell.dispose());

describe("the JSON documents of commands follow the schemas", { timeout: 300_000 }, () => {
  it("without a server", async () => {
    await answer("version", 0, "version");
    await answer("init", 0, "init", "new");
    await answer("validate", 0, "validate", "mixed.yml");
    await answer("validate-graph", 0, "validate", "mixed.yml", "--graph", "json");
    await answer("submit-help-params", 0, "submit", "mixed.yml", "--help-params");
    await answer("tasks", 0, "tasks");
    await answer("tasks-type", 0, "tasks", "sleep");
    await answer("plugins-list", 0, "plugins", "list");
    await answer("plugins-create", 0, "plugins", "create", "words");
    const { plugin } = await answer("plugins-link", 0, "plugins", "link", "words");
    expect(plugin).toMatchObject({ name: "words", from: { kind: "link" } });
    await answer("plugins-install", 0, "plugins", "install", "./words");
    await answer("plugins-update", 0, "plugins", "update");
    await answer("plugins-list", 0, "plugins", "list");
    await answer("plugins-uninstall", 0, "plugins", "uninstall", "words");
  });

  it("of a cluster and its sessions, also where these fail", async () => {
    const { workers } = await answer("start", 0, "start", "--listen", "0", "--local-workers", "[1,1]");
    await answer("error", 1, "start", "--listen", "0");
    const cluster = await answer("status", 0, "status");
    expect(workers.map(({ id }: Json) => id).sort()).toEqual(
      cluster.workers.map(({ id }: Json) => id).sort(),
    );

    await answer("submit-dry-run", 0, "submit", "mixed.yml", "--dry-run");
    await answer("submit-dry-run", 1, "submit", "blocked.yml", "--dry-run");
    const submitted = await answer("submit", 1, "submit", "mixed.yml");
    expect(submitted).toMatchObject({ state: "failed", error: { code: "TASK_FAILED" } });
    const waited = await answer("wait", 1, "wait", "mixed");
    expect(waited).toEqual({ ...submitted, saved: {}, notSaved: undefined });
    await answer("status-session", 0, "status", "mixed");
    for (const task of ["good", "bad", "after"]) await answer("why", 0, "why", "mixed", task);
    await answer("fetch", 0, "fetch", "mixed", "good");
    await answer("fetch", 0, "fetch", "mixed", "good", "--preview");
    await answer("fetch", 0, "fetch", "mixed", "good", "-o", "fetched.txt");
    await answer("logs", 0, "logs", "mixed");
    await answer("logs", 0, "logs", "--server");
    const followed = await shell.rain("logs", "mixed", "--follow", "--json");
    for (const line of followed.stdout.trimEnd().split("\n")) follows("logs-follow", JSON.parse(line));

    expect(await answer("submit", 1, "submit", "stops.yml")).toHaveProperty("error.details.exitCode", 1);
    expect(await answer("wait", 1, "wait", "stops")).toHaveProperty("error.details.exitCode", 1);
    await answer("status-session", 0, "status", "stops");

    await answer("submit", 0, "submit", "nap.yml", "--detach");
    await eventually(
      async () => (await shell.json("status", "nap")).value.runningTasks.length > 0,
      "the task runs",
    );
    await answer("status-session", 0, "status", "nap");
    await answer("why", 0, "why", "nap", "nap");
    expect(await answer("wait", 5, "wait", "nap", "--timeout", "5s")).toMatchObject({
      state: "running",
      error: { code: "TIMEOUT" },
    });
    await answer("cancel", 0, "cancel", "nap");
    expect(await answer("wait", 4, "wait", "nap")).toMatchObject({
      state: "cancelled",
      tasks: { cancelled: 2, failed: 0 },
      error: { code: "CANCELLED" },
    });
    await answer("submit", 5, "submit", "nap.yml", "--timeout", "8s");
    await answer("submit", 0, "submit", "blocked.yml", "--detach");
    await answer("status-session", 0, "status", "blocked");
    await answer("why", 0, "why", "blocked", "huge");
    const { sessions } = await answer("close", 0, "close", "blocked", "stops");
    expect(sessions).toMatchObject([
      { name: "blocked", state: "closed", tasks: { cancelled: 1 } },
      { name: "stops", state: "closed", tasks: { failed: 1 } },
    ]);
    await answer("close", 0, "close", "--ended");
    expect((await answer("status", 0, "status")).sessions).toEqual([]);
  });

  it.each<[number, ...string[]]>([
    [2, "status", "none"],
    [2, "wait", "none"],
    [2, "cancel", "none"],
    [2, "close", "none"],
    [2, "close"],
    [2, "why", "none", "task"],
    [2, "fetch", "none", "x"],
    [2, "logs", "none"],
    [2, "submit", "none.yml"],
    [2, "validate", "none.yml"],
    [2, "tasks", "none"],
    [2, "init", "new"],
    [2, "plugins", "uninstall", "none"],
    [2, "nonesuch"],
    [2, "status", "--nonesuch"],
  ])("of errors, with exit code %i: %j %j", async (code, ...args) => {
    await answer("error", code, ...args);
  });

  it("of servers and workers in the foreground", async () => {
    const server = shell.spawn("server", "--listen", "0", "--workdir", "own", "--json");
    const worker = { current: undefined as ReturnType<Shell["spawn"]> | undefined };
    try {
      const { address } = await firstDocument(server, "server");
      worker.current = shell.spawn("worker", address, "--cpus", "1", "--json");
      await firstDocument(worker.current, "worker");
    } finally {
      worker.current?.kill("SIGTERM");
      await worker.current;
      server.kill("SIGTERM");
      await server;
    }
  });

  it("of the end, and these are all documents", async () => {
    await answer("stop", 0, "stop");
    await answer("stop", 0, "stop");
    expect([...seen].sort()).toEqual(Object.keys(DOCUMENTS).sort());
  });
});

/** Waits for the document of a command that goes on. */
async function firstDocument(running: ReturnType<Shell["spawn"]>, name: string): Promise<Json> {
  let text = "";
  running.stdout?.on("data", (chunk) => (text += chunk));
  await eventually(() => text.endsWith("}\n"), `${name} prints its document`);
  const document = JSON.parse(text);
  follows(name, document);
  return document;
}
