import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { blob, type Session, type Task, task } from "../../src/runtime/client/index.ts";
import { parseWorkerConfig } from "../../src/runtime/launch/config/worker-config.ts";
import { startCluster } from "./cluster.ts";

/*
 * Executors of Rain 0.4, with its own packages, which are fetched by pip and cargo. Where that is not possible, these tests are left
 * out.
 */

const scratch = mkdtempSync(join(tmpdir(), "rain-0.4-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const succeeds = (command: string, ...args: string[]) =>
  promisify(execFile)(command, args, { timeout: 240_000 }).then(
    () => true,
    () => false,
  );

const PACKAGES = join(scratch, "python");
/** Rain 0.4 was written for Python 3.6. Later versions have moved the names that it imports. */
const OLD_NAMES = `
import collections, collections.abc
for name in collections.abc.__all__:
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
`;
const PIP = ["-m", "pip", "install", "-q", "--no-deps", "--target", PACKAGES];
const HAS_PYTHON = await succeeds("python3", ...PIP, "rain-python==0.4.0", "cbor", "cloudpickle", "pycapnp");
if (HAS_PYTHON) writeFileSync(join(PACKAGES, "sitecustomize.py"), OLD_NAMES);

const CRATE = join(scratch, "rust");
cpSync(fileURLToPath(new URL("../fixtures/executors/rain-0.4", import.meta.url)), CRATE, { recursive: true });
// The crate generates code with the program capnp.
const HAS_RUST =
  (await succeeds("capnp", "--version")) &&
  (await succeeds("cargo", "build", "-q", "--manifest-path", join(CRATE, "Cargo.toml")));

/** A session on a worker with this configuration, which is one of Rain 0.4. */
async function sessionWith(toml: string): Promise<Session> {
  const { executors = {} } = parseWorkerConfig(toml, "worker.toml");
  const { client } = await startCluster([1], { executors: { commands: executors } });
  return await client.newSession();
}

describe.runIf(HAS_PYTHON)("the Python executor of Rain 0.4 (needs python3, pip and its packages)", () => {
  const environment = { ...process.env, PYTHONPATH: PACKAGES };
  const session = () =>
    sessionWith(`
[executors.py]
command = "python3 -m rain.executor"
env = { PYTHONPATH = "${PACKAGES}" }
`);

  /** Runs Python code that prints base64. */
  function pythonBytes(code: string): Buffer {
    const program = `import base64, cloudpickle\n${code}`;
    const { stdout, stderr } = spawnSync("python3", ["-c", program], { env: environment, encoding: "utf8" });
    if (stderr) throw new Error(stderr);
    return Buffer.from(stdout, "base64");
  }

  /** A function as its client sent it. */
  const pickled = (source: string) =>
    blob(pythonBytes(`${source}\nprint(base64.b64encode(cloudpickle.dumps(f)).decode())`), {
      contentType: "cloudpickle",
    });

  /** An argument of the function that stands for the input with this index. */
  const inputArgument = (index: number) =>
    pythonBytes(`
from rain.executor.executor import unpickle_input_object
class Placeholder:
    def __reduce__(self):
        return (unpickle_input_object, ("x", ${index}, True, None))
print(base64.b64encode(cloudpickle.dumps(Placeholder())).decode())`).toString("base64");

  const call = (
    fn: ReturnType<typeof blob>,
    inputs: Parameters<typeof blob>[0][] = [],
    more: object = {},
  ): Task =>
    task("py/", {
      inputs: [fn, ...inputs.map((value) => blob(value, { contentType: "json", user: { from: "client" } }))],
      outputs: [{ keep: true }],
      config: { args: inputs.map((_, i) => inputArgument(i + 1)), kwargs: {}, encode_outputs: ["json"] },
      ...more,
    });

  it("loads its function, and inputs by their content type", async () => {
    await using s = await session();
    const double = pickled("def f(ctx, numbers): return [2 * n for n in numbers]");
    const once = call(double, ["[1, 2]"]);
    // It has cached the function by then.
    const again = call(double, [JSON.stringify([3, "x".repeat(200_000)])]);
    await s.submit([once, again]);
    expect(await once.output.fetch().load()).toEqual([2, 4]);
    expect(await again.output.fetch().text()).toHaveLength(400_007);
  });

  it("reads `user` of tasks, and sets that of results", async () => {
    await using s = await session();
    const tell = pickled(`
def f(ctx, _):
    ctx.debug("at work")
    ctx.info.user["done"] = True
    return ctx.spec.user`);
    const told = call(tell, ["1"], { user: { mail: "a@b.cz" } });
    await s.submit(told);
    expect(await told.output.fetch().load()).toEqual({ mail: "a@b.cz" });
    await told.update();
    expect(told.info).toMatchObject({ user: { done: true }, debug: "at work" });
  });

  it("fails with the traceback, and the debug lines", async () => {
    await using s = await session();
    const failing = call(
      pickled(`
def f(ctx):
    ctx.debug("first")
    ctx.debug("second")
    raise ValueError("no luck")`),
    );
    await s.submit(failing);
    await expect(failing.wait()).rejects.toMatchObject({
      message: expect.stringMatching(/: Traceback (.|\n)*ValueError: no luck/),
      details: { debug: "first\nsecond" },
    });
  });
});

describe.runIf(HAS_RUST)("an executor with rain_task of Rain 0.4 (needs cargo and capnp)", () => {
  const session = () =>
    sessionWith(`[executors.rust]\ncommand = "${join(CRATE, "target/debug/rain-executor")}"`);

  it("reads and sets `user` of tasks and objects", async () => {
    await using s = await session();
    const hello = task("rust/hello", {
      inputs: [blob("you", { user: { from: "client" } })],
      outputs: [{ keep: true, user: { for: "test" } }],
      user: { mail: "a@b.cz" },
    });
    await s.submit(hello);
    expect(await hello.output.fetch().text()).toBe('Hello you Some(String("a@b.cz")) Some(String("client"))');
    await hello.update();
    expect(hello.info).toMatchObject({
      user: { done: true },
      outputs: [{ contentType: "text", user: { by: "hello" } }],
    });
  });

  it("fails with its message", async () => {
    await using s = await session();
    const failing = task("rust/fail", { inputs: [blob("x")], outputs: [{}] });
    await s.submit(failing);
    await expect(failing.wait()).rejects.toThrow("no luck");
  });
});
