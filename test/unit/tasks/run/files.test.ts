import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory, file, memory, old, pathOf, runTask, textOf } from "../run-task.ts";
import { treeOf } from "../tree-helpers.ts";
import { runShell } from "./program.ts";

describe("inputs", () => {
  test("stand at their paths in an otherwise empty working directory", async () => {
    const { outputs } = await runShell("find . -type f | sort | while read f; do echo $f: $(cat $f); done", {
      in_paths: [{ path: "a.txt" }, { path: "./deep//b.txt" }, { path: "data" }],
      inputs: [memory("a"), file("b"), directory({ "c.txt": "c", "d/e.txt": "e" })],
      out_paths: ["+out"],
    });
    expect(await textOf(outputs[0])).toBe(
      "./a.txt: a\n./data/c.txt: c\n./data/d/e.txt: e\n./deep/b.txt: b\n",
    );
  });

  test("are read-only, and no change of them reaches the objects", async () => {
    const { outputs, inputs } = await runShell(
      "stat -c %a m f d/x; chmod u+w m f d d/x; for f in m f d/x; do echo EVIL >> $f; done",
      {
        in_paths: [{ path: "m" }, { path: "f" }, { path: "d" }],
        inputs: [memory("m"), file("f"), directory({ x: "x" })],
        out_paths: ["+out"],
      },
    );
    expect(await textOf(outputs[0])).toBe("444\n444\n444\n");
    const [, single, tree] = await Promise.all(inputs.map((input) => input.path()));
    expect(await readFile(single ?? "", "utf8")).toBe("f");
    // Only the superuser gets copies of the files of directories; for others, the worker notices the change.
    if (process.geteuid?.() === 0) expect(await readFile(join(tree ?? "", "x"), "utf8")).toBe("x");
  });

  test("keep their modification times and stay executable", async () => {
    const facts = { modifiedAt: 1_000_000_000, executable: true };
    const { outputs } = await runShell("stat -c '%a %Y' m f d/x", {
      in_paths: [{ path: "m" }, { path: "f" }, { path: "d" }],
      inputs: [memory("m", { file: facts }), old(file("f")), old(directory({ x: "x" }), "x")],
      out_paths: ["+out"],
    });
    expect(await textOf(outputs[0])).toBe("555 1000000\n555 1000000\n555 1000000\n");
  });

  test("with write are copies, and changing them does not change the object", async () => {
    const { outputs, inputs } = await runShell(
      "stat -c %a m f d/x; for f in m f d/x; do echo new > $f; done; echo > d/y",
      {
        in_paths: [
          { path: "m", write: true },
          { path: "f", write: true },
          { path: "d", write: true },
        ],
        inputs: [memory("m"), file("f"), directory({ x: "x" })],
        out_paths: ["+out", "f"],
      },
    );
    expect(await textOf(outputs[0])).toBe("644\n644\n644\n");
    expect(await textOf(outputs[1])).toBe("new\n");
    expect(await inputs[0].text()).toBe("m");
    expect(await inputs[1].text()).toBe("f");
    expect(treeOf(await inputs[2].path())).toEqual({ x: "x" });
  });

  test("may stand inside the directory of another input", async () => {
    const { outputs } = await runShell("cat d/x d/y", {
      in_paths: [{ path: "d/y" }, { path: "d" }],
      inputs: [memory("y"), directory({ x: "x" })],
      out_paths: ["+out"],
    });
    expect(await textOf(outputs[0])).toBe("xy");
  });

  test("that clash are an error", async () => {
    const task = runShell("true", {
      in_paths: [{ path: "a" }, { path: "a/b" }],
      inputs: [memory("1"), memory("2")],
    });
    await expect(task).rejects.toThrow('"a/b" clashes with another input');
  });
});

describe("outputs", () => {
  test("are files and directories of the working directory", async () => {
    const { outputs, dir } = await runShell(
      "echo a > a.txt; mkdir -p sub/d; echo b > sub/b.txt; echo c > sub/d/c; ln -s c sub/d/l",
      {
        out_paths: ["a.txt", "./sub/b.txt", "sub/d/"],
        outputs: [{}, {}, { dataType: "dir" }],
      },
    );
    expect(await textOf(outputs[0])).toBe("a\n");
    expect(await textOf(outputs[1])).toBe("b\n");
    expect(treeOf(pathOf(outputs[2]))).toEqual({ c: "c\n", l: "-> c" });
    for (const output of outputs) expect(pathOf(output).startsWith(`${dir}/`)).toBe(true);
  });

  test("may be inputs that the program left as they were", async () => {
    const { outputs } = await runShell("true", {
      in_paths: [{ path: "a" }],
      inputs: [file("a")],
      out_paths: ["a"],
    });
    expect(await textOf(outputs[0])).toBe("a");
  });

  test("behind a symbolic link that stays inside are copied", async () => {
    const { outputs } = await runShell(
      "echo x > real; ln -s real l; mkdir d; echo y > d/y; ln -s $PWD/d ld",
      {
        out_paths: ["real", "l", "ld"],
        outputs: [{}, {}, { dataType: "dir" }],
      },
    );
    expect(await textOf(outputs[0])).toBe("x\n");
    expect(await textOf(outputs[1])).toBe("x\n");
    expect(pathOf(outputs[1])).not.toBe(pathOf(outputs[0]));
    expect(treeOf(pathOf(outputs[2]))).toEqual({ y: "y\n" });
  });

  test.each([
    [
      "missing",
      "touch other.txt; mkdir d",
      "x.txt",
      'output "x.txt" is missing: the program did not write it; the directory contains d/, other.txt',
    ],
    [
      "missing in a subdirectory",
      "mkdir d; touch d/y",
      "d/x",
      'output "d/x" is missing: the program did not write it; "d/" contains y',
    ],
    [
      "missing where nothing is",
      "true",
      "d/x",
      'output "d/x" is missing: the program did not write it; the directory is empty',
    ],
    ["a link to nothing", "ln -s nothing x", "x", 'output "x" is missing'],
    ["a directory", "mkdir x", "x", 'output "x" is a directory, but a blob is declared'],
    ["a FIFO", "mkfifo x", "x", 'output "x" is neither a file nor a directory'],
    [
      "a link that leads out",
      "ln -s /etc/passwd x",
      "x",
      'output "x" leads out of the working directory by a symbolic link',
    ],
    [
      "behind a directory that leads out",
      "ln -s /etc d",
      "d/passwd",
      'output "d/passwd" leads out of the working directory by a symbolic link',
    ],
  ])("that are %s are an error", async (_, line, path, message) => {
    await expect(runShell(line, { out_paths: [path] })).rejects.toThrow(message);
  });

  test("that are a link to the captured stdout are an error", async () => {
    await expect(runShell("ln -s ../stdout x", { out_paths: ["+out", "x"] })).rejects.toThrow(
      'output "x" leads out of the working directory by a symbolic link',
    );
  });

  test("that are blobs where a directory is declared are an error", async () => {
    const outputs = [{ dataType: "dir" }] as const;
    await expect(runShell("touch x", { out_paths: ["x"], outputs })).rejects.toThrow(
      'output "x" is a file, but a directory is declared',
    );
    await expect(runShell("true", { out_paths: ["+out"], outputs })).rejects.toThrow(
      'output "+out" is a blob, but a directory is declared',
    );
  });

  test("that are directories cannot hold links out or FIFOs", async () => {
    const make = (line: string) => runShell(line, { out_paths: ["d"], outputs: [{ dataType: "dir" }] });
    await expect(make("mkdir d; ln -s ../x d/l")).rejects.toThrow(
      'the symbolic link "d/l" -> "../x" leaves its directory "d"',
    );
    await expect(make("mkdir d; mkfifo d/p")).rejects.toThrow('"d/p" is a FIFO');
  });

  test("many missing neighbours are not all listed", async () => {
    const task = runShell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do touch f$i; done", {
      out_paths: ["x"],
    });
    await expect(task).rejects.toThrow(/contains f1, f10, .*, f6 and 3 more$/);
  });
});

describe("wrong config", () => {
  const use = (config: object, inputs = 0, outputs = 0) =>
    runTask("run", {
      config: { args: ["true"], ...config },
      inputs: Array.from({ length: inputs }, () => memory("x")),
      outputs: Array.from({ length: outputs }, () => ({})),
    });

  test.each([
    ["no args", { args: undefined }, "run: config.args: Invalid type: Expected Array but received undefined"],
    ["empty args", { args: [] }, "run: config.args: the program to run is missing"],
    ["an empty program", { args: ["", "x"] }, "run: config.args: the program to run is missing"],
    [
      "an unknown key",
      { arg: 1 },
      "run: config.arg: unknown key; the keys are args, shell, env, in_paths, out_paths",
    ],
    [
      "an unknown key of an input",
      { in_paths: [{ path: "a", writable: true }] },
      "run: config.in_paths[0].writable: unknown key; the keys are path, write",
    ],
    [
      "an absolute input path",
      { in_paths: [{ path: "/a" }] },
      'run: config.in_paths[0].path: "/a" is an absolute path',
    ],
    [
      "an input path that climbs",
      { in_paths: [{ path: "../a" }] },
      'run: config.in_paths[0].path: "../a" contains ".."',
    ],
    [
      "the working directory as input path",
      { in_paths: [{ path: "." }] },
      "run: config.in_paths[0].path: the path is that of the working directory itself",
    ],
    [
      "stdout as input",
      { in_paths: [{ path: "+out" }] },
      'run: config.in_paths[0].path: "+out" is an output; standard input is "+in"',
    ],
    [
      "stdin as output",
      { out_paths: ["+in"] },
      'run: config.out_paths[0]: "+in" is an input; the outputs of a program are "+out" and "+err"',
    ],
    ["an absolute output path", { out_paths: ["/a"] }, 'run: config.out_paths[0]: "/a" is an absolute path'],
    [
      "an output path that climbs",
      { out_paths: ["a/../../b"] },
      'run: config.out_paths[0]: "a/../../b" contains ".."',
    ],
    [
      "an environment of numbers",
      { env: { N: 4 } },
      "run: config.env.N: Invalid type: Expected string but received 4",
    ],
  ])("%s", async (_, config, message) => {
    await expect(use(config)).rejects.toThrow(message);
  });

  test("counts that differ", async () => {
    await expect(use({ in_paths: [{ path: "a" }] }, 2)).rejects.toThrow(
      "run: config: in_paths needs one entry per input; it has 1 for 2",
    );
    await expect(use({}, 0, 1)).rejects.toThrow(
      "run: config: out_paths needs one entry per output; it has 0 for 1",
    );
  });

  test("paths used twice", async () => {
    await expect(use({ in_paths: [{ path: "a/b" }, { path: "a//b" }] }, 2)).rejects.toThrow(
      'the input path "a/b" is used twice',
    );
    await expect(use({ out_paths: ["+out", "+out"] }, 0, 2)).rejects.toThrow(
      'the output path "+out" is used twice',
    );
  });

  test("an output inside another", async () => {
    await expect(use({ out_paths: ["d/x", "d"] }, 0, 2)).rejects.toThrow(
      'the output path "d/x" lies in the output "d"; use slice_directory to take it out',
    );
  });
});
