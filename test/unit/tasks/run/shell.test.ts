import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runTask } from "../run-task.ts";
import { runShell } from "./program.ts";

/** What a script prints. */
async function printedBy(script: string, shell: Parameters<typeof runShell>[1] = {}): Promise<string> {
  const { outputs } = await runShell(script, { ...shell, out_paths: ["+out"] });
  const [output] = outputs;
  return output instanceof Uint8Array
    ? new TextDecoder().decode(output)
    : readFileSync(Reflect.get(Object(output), "path"), "utf8");
}

describe("a script", () => {
  test.each([
    ["sh", true],
    ["sh", "sh"],
    ["bash", "bash"],
  ] as const)("of %s stops at the first command that fails (%j)", async (_, shell) => {
    await expect(runShell("false\necho done", { shell })).rejects.toThrow(/exited with code 1/);
    await expect(runShell("exit 3", { shell })).rejects.toThrow(/exited with code 3/);
    expect(await printedBy("false || echo done", { shell })).toBe("done\n");
  });

  test("of bash fails with any command of a pipe", async () => {
    await expect(runShell("cat nofile | sort", { shell: "bash" })).rejects.toThrow(/nofile: No such file/);
    expect(await printedBy('[[ -o pipefail ]] && printf "%s " a b | sort', { shell: "bash" })).toBe("a b \n");
  });

  test("of python or node is run by these", async () => {
    const python = "import sys\nprint(sys.version_info.major, len(sys.argv))";
    expect(await printedBy(python, { shell: "python" })).toBe("3 1\n");
    expect(await printedBy("console.log(process.argv.length)", { shell: "node" })).toBe("2\n");
    await expect(runShell("raise SystemExit(4)", { shell: "python" })).rejects.toThrow(/exited with code 4/);
  });

  test("is run by any other interpreter, with its path where {0} stands", async () => {
    expect(await printedBy("$1 ~ 2 { print }", { shell: ["sh", "-c", "echo 12 | awk -f {0}"] })).toBe("12\n");
    const config = { args: ["x"], shell: ["perl"] };
    await expect(runTask("run", { config })).rejects.toThrow(
      'the words of the interpreter need "{0}" where the path of the script goes',
    );
  });

  test("reads its standard input, and its file is not in the working directory", async () => {
    const { outputs } = await runTask("run", {
      config: { args: ["ls -A; cat"], shell: true, out_paths: ["+out"], in_paths: [] },
      outputs: [{}],
    });
    expect(new TextDecoder().decode(outputs[0] as Uint8Array)).toBe("");
  });

  test("may be longer than a word of a command line", async () => {
    const script = `${": long\n".repeat(40_000)}echo end`;
    expect(await printedBy(script)).toBe("end\n");
    const failure = runShell(`${script}\nexit 5`);
    await expect(failure).rejects.toThrow(/exited with code 5/);
    await expect(failure).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{0,400}$/s) }),
    );
  });

  test("that needs an interpreter which is missing says so", async () => {
    const run = runShell("x", { shell: ["no-such-interpreter", "{0}"] });
    await expect(run).rejects.toThrow('program "no-such-interpreter" not found in PATH');
  });
});

describe("a command that is too long", () => {
  const long = "x".repeat(131_072);
  const instead =
    "give the program long texts in a file (`files`), on standard input (`stdin`), or make the command a script (`shell`)";

  test("by one word is refused before it starts", async () => {
    await expect(runTask("run", { config: { args: ["echo", long] } })).rejects.toThrow(
      `word 2 of the command has 131072 bytes, but Linux allows 131071; ${instead}`,
    );
    const { outputs } = await runTask("run", {
      config: { args: ["echo", long.slice(1)], out_paths: ["+out"] },
      outputs: [{}],
    });
    expect(outputs).toHaveLength(1);
  });

  test("by one environment variable is refused, with a shell too", async () => {
    const config = { args: ["true"], shell: true, env: { LONG: long } };
    await expect(runTask("run", { config })).rejects.toThrow(
      `the environment variable LONG has 131077 bytes, but Linux allows 131071; ${instead}`,
    );
  });

  test("in total fails with the limit, and what to do", async () => {
    const args = ["echo", ...Array<string>(80).fill(long.slice(1))];
    await expect(runTask("run", { config: { args } })).rejects.toThrow(
      /program "echo" cannot start: its command line and environment are longer than the system allows \(`getconf ARG_MAX`, usually 2 MiB\); give the program/,
    );
  });
});
