import { describe, expect, test } from "vitest";
import { RainError } from "../../../../../src/runtime/errors.ts";
import {
  parseWorkerConfig,
  readWorkerConfig,
} from "../../../../../src/runtime/launch/config/worker-config.ts";

/** The lines of the error. */
function errorsOf(text: string): string[] {
  try {
    parseWorkerConfig(text, "w.yml");
  } catch (error) {
    if (error instanceof RainError && error.code === "INVALID_FILE") return error.message.split("\n");
  }
  return [];
}

test("all that it may say", () => {
  const text = `
# a machine with two of its gpus for Rain
cpus: 2.5
memory: 8GiB
resources: { gpu: [0, 3], licence: 2, none: 0 }
labels:
  zone: eu
  rack: 7
`;
  expect(parseWorkerConfig(text, "w.yml")).toEqual({
    cpus: 2.5,
    memory: 8 * 2 ** 30,
    resources: { gpu: [0, 3], licence: [0, 1], none: [] },
    labels: { zone: "eu", rack: "7" },
  });
});

describe("executors", () => {
  const EXECUTORS = {
    mine: { command: "python3", args: ["-u", "/etc/rain/mine.py"], env: { PYTHONPATH: "/etc/lib" } },
    other: { command: "/opt/other", args: [], env: {} },
  };

  test("are commands, whose paths are relative to the file", () => {
    const text = `
executors:
  mine: { command: python3, args: [-u, ./mine.py], env: { PYTHONPATH: ../lib } }
  other: { command: /opt/other }
`;
    expect(parseWorkerConfig(text, "/etc/rain/w.yml")).toEqual({ executors: EXECUTORS });
  });

  test("are the same in TOML, as version 0.4 had it", () => {
    const text = `
cpus = 4
[executors.mine]
command = "python3"
args = ["-u", "./mine.py"]
env = { PYTHONPATH = "../lib" }
[executors.other]
command = "/opt/other"
`;
    expect(parseWorkerConfig(text, "/etc/rain/w.toml")).toEqual({ cpus: 4, executors: EXECUTORS });
  });

  test.each([
    ["grace: 500ms", 500],
    ["grace: 3", 3000],
  ])("may say how long what must stop may take: %s", (text, graceMs) => {
    expect(parseWorkerConfig(text, "w.yml")).toEqual({ graceMs });
  });

  test.each([
    ["[executors.py]\ncommand = 'python3 -m rain.executor'", "w.toml"],
    ["[executors.py]\ncommand = 'python3 -m'\nargs = ['rain.executor']", "w.toml"],
    ["executors: { py: { command: python3 -m rain.executor } }", "w.yml"],
  ])("may have arguments in the command: %j", (text, file) => {
    const py = { command: "python3", args: ["-m", "rain.executor"], env: {} };
    expect(parseWorkerConfig(text, file)).toEqual({ executors: { py } });
  });

  test.each([
    ["cpus = 1\nmemory = ", "w.toml:2:10: invalid value"],
    ["cpus = 0", "w.toml: cpus must be a number above 0"],
    ["[executors.a]\ncomand = '/x'", 'w.toml: unknown key "comand"; did you mean "command"?'],
  ])("tell what is wrong in TOML %j, with the position of syntax errors", (text, message) => {
    expect(() => parseWorkerConfig(text, "w.toml")).toThrow(message);
  });

  test("are none when the file is empty", () => {
    expect(parseWorkerConfig("", "w.toml")).toEqual({});
  });
});

test.each(["", "# nothing", "{}"])("%j says nothing", (text) => {
  expect(parseWorkerConfig(text, "w.yml")).toEqual({});
});

describe("what is wrong is told with its position", () => {
  test.each([
    ["label: { zone: eu }", 'w.yml:1:1: unknown key "label"; did you mean "labels"?'],
    [
      "cpus: 1\nxyzzy: 1",
      'w.yml:2:1: unknown key "xyzzy"; the keys are cpus, memory, resources, labels, grace, executors',
    ],
    ["cpus: 0", "w.yml:1:7: cpus must be a number above 0"],
    ["cpus: many", "w.yml:1:7: cpus must be a number above 0"],
    ["memory: 8 apples", "w.yml:1:9: memory must be a size such as 8GiB, 500MB or a number of bytes"],
    ["memory:", "w.yml:1:8: memory must be a size such as 8GiB, 500MB or a number of bytes"],
    ["resources: [gpu]", "w.yml:1:12: resources must be a map such as `gpu: 2`"],
    ["resources:\n  memory: 1GiB", "w.yml:2:3: put memory beside resources, not in it"],
    [
      "resources:\n  gpu: [0, 0]",
      "w.yml:2:8: gpu must be a whole number, or a list of different ones such as [0, 1]",
    ],
    [
      "resources: { gpu: 0.5 }",
      "w.yml:1:19: gpu must be a whole number, or a list of different ones such as [0, 1]",
    ],
    [
      "resources: { gpu: -1 }",
      "w.yml:1:19: gpu must be a whole number, or a list of different ones such as [0, 1]",
    ],
    [
      "resources: { gpu: 1.0e9 }",
      "w.yml:1:19: gpu must be a whole number, or a list of different ones such as [0, 1]",
    ],
    ["labels: { zone: }", "w.yml:1:17: the label zone must be text"],
    ["labels: eu", "w.yml:1:9: labels must be a map such as `zone: eu`"],
    ["grace: soon", "w.yml:1:8: grace must be a duration such as 500ms, 10s or a number of seconds"],
    ["executors: mine", "w.yml:1:12: executors must be a map such as `mine: { command: /opt/mine }`"],
    ["executors: { mine: x }", "w.yml:1:20: an executor must be a map such as `command: /opt/mine`"],
    ["executors: { mine: {} }", "w.yml:1:14: the command of the executor is missing"],
    [
      `executors: { mine: { command: "'/opt/my tool" } }`,
      `w.yml:1:31: command: "'/opt/my tool" is a quote or an escape that does not end`,
    ],
    ["executors: { mine: { command: } }", "w.yml:1:31: command must be a text that is not empty"],
    ["executors: { mine: { command: x, args: y } }", "w.yml:1:40: args must be a list such as [--verbose]"],
    ["executors: { mine: { command: x, arg: y } }", 'w.yml:1:34: unknown key "arg"; did you mean "args"?'],
    [
      "executors: { a/b: { command: x } }",
      'w.yml:1:14: an executor cannot be called "a/b"; its name begins its task types, as in mine/method',
    ],
    ["- 1", "w.yml:1:1: a worker configuration must be a map such as `cpus: 4`"],
  ])("%j", (text, message) => {
    expect(errorsOf(text)).toEqual([message]);
  });

  test("all at once", () => {
    expect(errorsOf("cpu: 1\nmemory: x\nlabels: 3")).toHaveLength(3);
  });

  test("faults of the syntax", () => {
    expect(errorsOf("cpus: [1")[0]).toMatch(/^w\.yml:1:9: /);
    expect(errorsOf("cpus: 1\ncpus: 2")[0]).toMatch(/^w\.yml:2:1: Map keys must be unique/);
  });

  test("a file that is not there", async () => {
    await expect(readWorkerConfig("/nowhere/w.yml")).rejects.toMatchObject({
      code: "INVALID_FILE",
      message: expect.stringContaining("/nowhere/w.yml"),
    });
  });
});
