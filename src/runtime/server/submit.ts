import { checkSubmit, type GraphChunk } from "../core/index.ts";
import { RainError } from "../errors.ts";
import type { Submission } from "../protocol/submission.ts";
import type { Cluster } from "./cluster.ts";
import type { SessionRecord } from "./session-record.ts";

/** Takes a checked graph into a session, or refuses it whole. @throws INVALID_GRAPH, UNKNOWN_TASK_TYPE, and what ended the session */
export function submit(cluster: Cluster, record: SessionRecord, chunks: Submission[]): void {
  record.checkAlive();
  if (cluster.journal.error) throw cluster.journal.error;
  resolveTaskTypes(cluster, chunks);
  const graphChunks = chunks.map((chunk) => toGraphChunk(cluster, record, chunk));
  const wrong = checkSubmit(cluster.core, record.id, graphChunks);
  if (wrong !== undefined) throw new RainError("INVALID_GRAPH", wrong);

  for (const chunk of chunks) {
    record.add(chunk);
    for (let i = 0; i < chunk.constants.length; i++) {
      const { data, size, dataType, contentType = "" } = chunk.constants[i];
      if (!data) continue;
      // A copy: the bytes are a view of the whole message.
      const bytes = new Uint8Array(data);
      cluster.constants.add(record.id, chunk.firstObject + i, { size, dataType, contentType }, bytes);
    }
  }
  for (const [i, chunk] of chunks.entries()) {
    cluster.journal.append(record.id, ["submitted", { chunk, more: i + 1 < chunks.length }]);
  }
  cluster.dispatch({ kind: "submitted", session: record.id, chunks: graphChunks });
}

function toGraphChunk(cluster: Cluster, record: SessionRecord, chunk: Submission): GraphChunk {
  const constantSizes = Float64Array.from(chunk.constants, ({ data, size }, i) => {
    if (data) return size;
    const object = chunk.firstObject + i;
    const uploaded = cluster.constants.get(record.id, object);
    if (uploaded) return uploaded.info.size;
    throw new RainError(
      "INVALID_GRAPH",
      `constant ${object} has no data and was not uploaded before the submit`,
    );
  });
  return { ...chunk, constantSizes };
}

/**
 * Puts the canonical name in the place of an alias. A task type that no worker offers would wait for ever, so it is
 * refused; before the first worker has come, nothing is known.
 */
export function resolveTaskTypes(cluster: Cluster, chunks: Submission[]): void {
  if (cluster.workers.size === 0) return;
  const canonical = new Map<string, string>();
  for (const worker of cluster.workers.values()) {
    for (const { name, aliases = [] } of worker.hello.taskTypes) {
      for (const known of [name, ...aliases]) canonical.set(known, name);
    }
  }
  for (const chunk of chunks) {
    for (const kind of chunk.kinds) {
      const type = canonical.get(kind.type);
      if (type === undefined) {
        throw new RainError("UNKNOWN_TASK_TYPE", `no worker offers the task type ${kind.type}`, {
          details: { type: kind.type },
        });
      }
      kind.type = type;
    }
  }
}
