import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory, file, memory, pathOf, runTask, scratchDirectory, textOf } from "../run-task.ts";
import { runShell } from "./program.ts";

describe("stdout and stderr", () => {
  test("are captured as outputs", async () => {
    const { outputs } = await runShell("echo out; echo err >&2", { out_paths: ["+err", "+out"] });
    expect(await Promise.all(outputs.map(textOf))).toEqual(["err\n", "out\n"]);
  });

  test("go to the log, captured or not", async () => {
    const { printed } = await runShell("echo out; echo err >&2", { out_paths: ["+out"] });
    expect(printed).toEqual([{ stdout: "out\n", stderr: "err\n" }]);
  });

  test("of a silent program are not mentioned", async () => {
    const { outputs, printed } = await runTask("run", {
      config: { args: ["true"], out_paths: ["+out"] },
      outputs: [{}],
    });
    expect(outputs).toEqual([new Uint8Array(0)]);
    expect(printed).toEqual([]);
  });

  test("that are large become files, and the log has their end", async () => {
    const size = 64 << 20;
    const before = process.memoryUsage().rss;
    const { outputs, printed } = await runShell(`head -c ${size} /dev/zero | tr '\\0' x; printf end`, {
      out_paths: ["+out"],
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(size / 2);
    expect(printed[0].stdout).toBe(`${"x".repeat(8192 - 3)}end`);
    expect((await stat(pathOf(outputs[0]))).size).toBe(size + 3);
  });

  test("are cut between characters", async () => {
    const { printed } = await runShell("i=0; while [ $i -lt 3000 ]; do printf '€'; i=$((i+1)); done");
    expect(printed[0].stdout).toBe("€".repeat(Math.floor(8192 / 3)));
  });

  test("that are no text do no harm", async () => {
    const { outputs, printed } = await runShell("printf '\\377\\200'", { out_paths: ["+out"] });
    expect(outputs[0]).toEqual(Uint8Array.of(0xff, 0x80));
    expect(printed[0].stdout).toBe("\ufffd\ufffd");
  });
});

describe("stdin", () => {
  test.each([
    ["memory", memory("b\na\n")],
    ["a file", file("b\na\n")],
  ])("is the input +in, from %s", async (_, input) => {
    const config = { args: ["sort"], in_paths: [{ path: "+in" }], out_paths: ["+out"] };
    const { outputs } = await runTask("run", { config, inputs: [input], outputs: [{}] });
    expect(await textOf(outputs[0])).toBe("a\nb\n");
  });

  test("is empty without one", async () => {
    const { outputs } = await runTask("run", {
      config: { args: ["cat"], out_paths: ["+out"] },
      outputs: [{}],
    });
    expect(await textOf(outputs[0])).toBe("");
  });

  test("that the program does not read is no error", async () => {
    const big = memory(new Uint8Array(1 << 20));
    await runTask("run", {
      config: { args: ["true"], in_paths: [{ path: "+in" }] },
      inputs: [big],
      outputs: [],
    });
  });

  test("cannot be a directory", async () => {
    const config = { args: ["cat"], in_paths: [{ path: "+in" }] };
    const task = runTask("run", { config, inputs: [directory({})] });
    await expect(task).rejects.toThrow("the input for standard input is a directory; it must be a blob");
  });
});

describe("arguments and environment", () => {
  test("without a shell nothing is expanded", async () => {
    const config = { args: ["printf", "%s|", "$HOME", "*", "a b"], out_paths: ["+out"] };
    const { outputs } = await runTask("run", { config, outputs: [{}] });
    expect(await textOf(outputs[0])).toBe("$HOME|*|a b|");
  });

  test("with a shell the joined arguments are its command line", async () => {
    const config = { args: ["echo", "$((1 + 1))", "|", "tr 2 3"], shell: true, out_paths: ["+out"] };
    const { outputs } = await runTask("run", { config, outputs: [{}] });
    expect(await textOf(outputs[0])).toBe("3\n");
  });

  test("the environment is the worker's and the task's own", async () => {
    const { outputs } = await runShell('echo "$GREETING $HOME"', {
      env: { GREETING: "hi" },
      out_paths: ["+out"],
    });
    expect(await textOf(outputs[0])).toBe(`hi ${process.env.HOME ?? ""}\n`);
  });

  test("the task's PATH is the one that is searched", async () => {
    const bin = await scratchDirectory();
    await writeFile(join(bin, "hello"), "#!/bin/sh\necho hello from here\n", { mode: 0o755 });
    const config = { args: ["hello"], env: { PATH: bin }, out_paths: ["+out"] };
    const { outputs } = await runTask("run", { config, outputs: [{}] });
    expect(await textOf(outputs[0])).toBe("hello from here\n");
  });
});
