import { describe, expect, test } from "vitest";
import type {
  PluginRef,
  Submission,
  TaskKind,
  TaskTypeInfo,
} from "../../../../../src/runtime/protocol/messages/index.ts";
import type { Cluster } from "../../../../../src/runtime/server/cluster/cluster.ts";
import {
  capacityOf,
  checkUploaded,
  graphKind,
  resolveTaskTypes,
} from "../../../../../src/runtime/server/cluster/task-types.ts";

const OLD = plugin("0.9.0", "a");
const NEW = plugin("1.0.0", "b");

function plugin(version: string, digit: string): PluginRef {
  return {
    name: "words",
    package: "rain-words",
    version,
    hash: digit.repeat(64),
    folder: "",
    entry: "index.js",
  };
}

function offered(name: string, more: Partial<TaskTypeInfo> = {}): TaskTypeInfo {
  return { name, summary: "", inputs: "", outputs: "", ...more };
}

function kind(type: string, more: Partial<TaskKind> = {}): TaskKind {
  return { type, resources: { cpus: 1 }, outputs: [], group: 0, ...more };
}

/**
 * The parts of a cluster that types need: workers 1, 2 … with their offers, and the hashes of uploaded
 * plugins.
 */
function clusterOf(workers: TaskTypeInfo[][], uploaded: string[] = []): Cluster {
  const entries = workers.map((taskTypes, i) => [i + 1, { slot: i + 1, hello: { taskTypes } }] as const);
  return { workers: new Map(entries), plugins: new Set(uploaded) } as unknown as Cluster;
}

function resolve(cluster: Cluster, ...kinds: TaskKind[]): TaskKind[] {
  resolveTaskTypes(cluster, [{ kinds } as Submission]);
  return kinds;
}

describe("the task types of a submit", () => {
  const store = offered("builtin/store", { aliases: ["builtin/export"] });

  test("get their canonical names", () => {
    expect(resolve(clusterOf([[store]]), kind("builtin/export"))).toMatchObject([{ type: "builtin/store" }]);
  });

  test("must be offered by a worker, unless there is none yet", () => {
    const resolving = () => resolve(clusterOf([[store, offered("words/count")]]), kind("words/cuont"));
    expect(resolving).toThrow('no worker offers the task type words/cuont; did you mean "words/count"?');
    expect(() => resolve(clusterOf([]), kind("words/cuont"))).not.toThrow();
  });

  test("get the plugin of the first worker if the client has none", () => {
    const cluster = clusterOf([
      [store],
      [offered("words/count", { plugin: OLD })],
      [offered("words/count", { plugin: NEW })],
    ]);
    expect(resolve(cluster, kind("words/count"))[0].plugin).toEqual(OLD);
  });

  test("need no worker if their plugin is shipped", () => {
    expect(() =>
      resolve(clusterOf([[store]]), kind("words/count", { plugin: NEW, shipped: true })),
    ).not.toThrow();
  });

  test("need a worker with exactly this plugin if it is not shipped", () => {
    const cluster = clusterOf([[store], [offered("words/count", { plugin: OLD })]]);
    expect(() => resolve(cluster, kind("words/count", { plugin: OLD }))).not.toThrow();
    expect(() => resolve(cluster, kind("words/count", { plugin: NEW }))).toThrow(
      "no worker has the plugin of words/count, rain-words 1.0.0 (bbbbbbbbbbbbbbbb): worker 1 has none; worker 2 has rain-words 0.9.0 (aaaaaaaaaaaaaaaa)",
    );
  });
});

test("a plugin that is to be shipped must have been uploaded", () => {
  const chunks = [{ kinds: [kind("words/count", { plugin: NEW, shipped: true })] } as Submission];
  expect(() => checkUploaded(clusterOf([], [NEW.hash]), chunks)).not.toThrow();
  expect(() => checkUploaded(clusterOf([], [OLD.hash]), chunks)).toThrow(
    "was not uploaded before the submit",
  );
});

test("the core treats the type of a plugin that is not shipped as a separate type", () => {
  const { type } = graphKind(kind("words/count", { plugin: OLD }));
  const hello = {
    cpus: 1,
    memory: 1,
    resources: {},
    labels: {},
    taskTypes: [offered("words/count", { plugin: NEW })],
  };
  const { types } = capacityOf(hello as unknown as Parameters<typeof capacityOf>[0]);
  expect(types).toContain("words/count");
  expect(types).not.toContain(type);
  expect(types).toContain(graphKind(kind("words/count", { plugin: NEW })).type);
  expect(graphKind(kind("words/count", { plugin: OLD, shipped: true })).type).toBe("words/count");
});
