import { isKept, objectProducer, objectSize, objectState, objectWorkers } from "../../core/index.ts";
import type { DataObjectInfo, ObjectDescription, ObjectSpec } from "../../protocol/messages/index.ts";
import type { Registry } from "../cluster/registry.ts";
import { failureOf } from "../sessions/failure-errors.ts";
import { refOf } from "../sessions/refs.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { outputRange } from "../sessions/task-objects.ts";

/** The declaration of an object. */
export function specOf(cluster: Registry, record: SessionRecord, object: number): ObjectSpec | undefined {
  const task = objectProducer(cluster.core, record.id, object);
  if (task === undefined) return record.constantSpec(object);
  return record.kindOf(task).outputs[object - outputRange(record, cluster.graph(record), task).first];
}

/** The content type of an object: the one found at run time, or else the declared one. */
export function contentTypeOf(cluster: Registry, record: SessionRecord, object: number): string {
  return record.contentTypes.get(object) ?? specOf(cluster, record, object)?.contentType ?? "";
}

export function describeObject(cluster: Registry, record: SessionRecord, object: number): ObjectDescription {
  const graph = cluster.graph(record);
  const spec = specOf(cluster, record, object);
  const size = objectSize(cluster.core, record.id, object);
  const { debug, user = record.objectUsers.get(object) } = record.objectRemarks.get(object) ?? {};
  return {
    object,
    ref: refOf(record, graph, object),
    label: spec?.label,
    dataType: spec?.dataType ?? "blob",
    contentType: contentTypeOf(cluster, record, object),
    kept: isKept(cluster.core, record.id, object),
    state: objectState(cluster.core, record.id, object) ?? "pending",
    ...(size !== undefined && { size }),
    ...(debug !== undefined && { debug }),
    ...(user !== undefined && { user }),
  };
}

/** Describes an object with its places and, if its task has failed or was skipped, the reason. */
export function objectInfo(cluster: Registry, record: SessionRecord, object: number): DataObjectInfo {
  const task = objectProducer(cluster.core, record.id, object);
  const failure = task === undefined ? undefined : failureOf(cluster, record, task);
  return {
    ...describeObject(cluster, record, object),
    workers: objectWorkers(cluster.core, record.id, object),
    ...(failure && { error: failure.toJSON() }),
  };
}
