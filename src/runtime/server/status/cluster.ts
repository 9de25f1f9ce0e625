import { assignedTaskCount } from "../../core/index.ts";
import type { ClusterStatus, TaskTypeInfo, WorkerStatus } from "../../protocol/messages/index.ts";
import { addressOf, type Registry, type WorkerHandle } from "../cluster/registry.ts";
import { sessionSummary } from "./sessions.ts";

export function clusterStatus(cluster: Registry, server: ClusterStatus["server"]): ClusterStatus {
  return {
    server,
    workers: [...cluster.workers.values()].map((worker) => workerStatus(cluster, worker)),
    sessions: [...cluster.sessions.values()]
      .sort((one, other) => other.id - one.id)
      .map((record) => sessionSummary(cluster, record)),
  };
}

export function workerStatus(cluster: Registry, worker: WorkerHandle): WorkerStatus {
  const { slot, hello, link, sample } = worker;
  return {
    id: slot,
    address: addressOf(worker),
    hostname: hello.hostname,
    pid: hello.pid,
    cpus: hello.cpus,
    memoryTotal: hello.memory,
    resources: hello.resources,
    labels: hello.labels,
    state: link.state === "open" ? "online" : "offline",
    running: assignedTaskCount(cluster.core, slot),
    ...(sample && {
      cpuUse: sample.cpus,
      memory: sample.memory + sample.programMemory,
      objectBytes: sample.objectMemory + sample.objectFiles,
      executors: sample.executors,
    }),
  };
}

export function taskTypes(cluster: Registry): { types: TaskTypeInfo[]; contentTypes: string[] } {
  const types = new Map<string, TaskTypeInfo>();
  const contentTypes = new Set<string>();
  for (const worker of cluster.workers.values()) {
    for (const type of worker.hello.taskTypes) {
      const key = `${type.name} ${type.plugin?.hash}`;
      const known = types.get(key);
      types.set(key, { ...type, workers: [...(known?.workers ?? []), worker.slot] });
    }
    for (const name of worker.hello.contentTypes) contentTypes.add(name);
  }
  return { types: [...types.values()], contentTypes: [...contentTypes] };
}
