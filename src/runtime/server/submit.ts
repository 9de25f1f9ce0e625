import { checkSubmit, type GraphChunk } from "../core/index.ts";
import { RainError } from "../errors.ts";
import { checkSubmission } from "../protocol/check-submission.ts";
import type { Submission } from "../protocol/submission.ts";
import type { Cluster } from "./cluster.ts";
import type { SessionRecord } from "./session-record.ts";
import { checkUploaded, graphKind, resolveTaskTypes } from "./task-types.ts";

/** Takes a submit into a session, or refuses it whole. @throws INVALID_GRAPH, UNKNOWN_TASK_TYPE, and what ended the session */
export function submit(cluster: Cluster, record: SessionRecord, chunks: Submission[]): void {
  record.checkAlive();
  if (cluster.journal.error) throw cluster.journal.error;
  for (const chunk of chunks) checkSubmission(chunk);
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
      cluster.constants.add(record.id, chunk.firstObject + i, { size, dataType, contentType }, data);
    }
  }
  cluster.journal.append(record.id, ["submitted", { chunks }]);
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
