import { checkSubmit, type GraphChunk } from "../core/index.ts";
import { RainError } from "../errors.ts";
import type { Submission } from "../protocol/submission.ts";
import type { Cluster } from "./cluster.ts";
import type { SessionRecord } from "./session-record.ts";
import { checkUploaded, graphKind, resolveTaskTypes } from "./task-types.ts";

/** Takes a checked graph into a session, or refuses it whole. @throws INVALID_GRAPH, UNKNOWN_TASK_TYPE, and what ended the session */
export function submit(cluster: Cluster, record: SessionRecord, chunks: Submission[]): void {
  record.checkAlive();
  if (cluster.journal.error) throw cluster.journal.error;
  checkUploaded(cluster, chunks);
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
  return { ...chunk, kinds: chunk.kinds.map(graphKind), constantSizes };
}
