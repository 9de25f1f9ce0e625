import { describe, expect, test } from "vitest";
import { RainError } from "../../../../src/runtime/errors.ts";
import { parseWorkerConfig, readWorkerConfig } from "../../../../src/runtime/launch/worker-config.ts";

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

test.each(["", "# nothing", "{}"])("%j says nothing", (text) => {
  expect(parseWorkerConfig(text, "w.yml")).toEqual({});
});

describe("what is wrong is told with its position", () => {
  test.each([
    ["label: { zone: eu }", 'w.yml:1:1: unknown key "label"; did you mean "labels"?'],
    ["cpus: 1\nxyzzy: 1", 'w.yml:2:1: unknown key "xyzzy"; the keys are cpus, memory, resources, labels'],
    ["cpus: 0", "w.yml:1:7: cpus must be a number above 0"],
    ["cpus: many", "w.yml:1:7: cpus must be a number above 0"],
    ["memory: 8 apples", "w.yml:1:9: memory must be a size such as 8GiB, 500MB or a number of bytes"],
    ["memory:", "w.yml:1:8: memory must be a size such as 8GiB, 500MB or a number of bytes"],
    ["resources: [gpu]", "w.yml:1:12: resources is a map such as `gpu: 2`"],
    ["resources:\n  memory: 1GiB", "w.yml:2:3: memory stands beside resources, not in it"],
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
    ["labels: eu", "w.yml:1:9: labels is a map such as `zone: eu`"],
    ["- 1", "w.yml:1:1: a worker configuration is a map such as `cpus: 4`"],
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
