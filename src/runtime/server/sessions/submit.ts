import { checkSubmit } from "../../core/index.ts";
import { RainError } from "../../errors.ts";
import type { GraphChunk } from "../../model/graph.ts";
import type { Constant, ObjectInfo, Submission } from "../../protocol/messages/index.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { checkUploaded, graphKind, resolveTaskTypes } from "../cluster/task-types.ts";
import type { SessionRecord } from "./session-record.ts";

/**
 * Adds a graph to a session. On error, adds nothing.
 * @throws INVALID_GRAPH, UNKNOWN_TASK_TYPE, and the error that ended the session
 */
export function submit(cluster: Cluster, record: SessionRecord, chunks: Submission[]): void {
  record.checkAlive();
  cluster.checkJournal();
  checkUploaded(cluster, chunks);
  resolveTaskTypes(cluster, chunks);
  const sizeOf = (object: number, { data, size }: Constant) => {
    const known = data ? size : cluster.constants.get(record.id, object)?.info.size;
    if (known !== undefined) return known;
    throw new RainError(
      "INVALID_GRAPH",
      `constant ${object} has no data and was not uploaded before the submit`,
    );
  };
  const graphChunks = chunks.map((chunk) => toGraphChunk(chunk, sizeOf));
  const wrong = checkSubmit(cluster.core, record.id, graphChunks);
  if (wrong !== undefined) throw new RainError("INVALID_GRAPH", wrong);

  for (const chunk of chunks) {
    record.add(chunk);
    for (const [i, spec] of chunk.constants.entries()) {
      const { data } = spec;
      if (!data) continue;
      // A copy: a view would keep the whole message in memory.
      const bytes = new Uint8Array(data);
      cluster.constants.add(record.id, chunk.firstObject + i, infoOf(spec), bytes);
    }
  }
  cluster.dispatch({ kind: "submitted", session: record.id, chunks: graphChunks }, { chunks });
}

/** The facts about a constant. */
export function infoOf({ size, dataType, contentType = "", file }: Constant): ObjectInfo {
  return { size, dataType, contentType, ...(file && { file }) };
}

/** Converts a chunk for the core. */
export function toGraphChunk(
  chunk: Submission,
  sizeOf: (object: number, spec: Constant) => number,
): GraphChunk {
  const { constants, firstObject } = chunk;
  const constantSizes = Float64Array.from(constants, (spec, i) => sizeOf(firstObject + i, spec));
  return { ...chunk, kinds: chunk.kinds.map(graphKind), constantSizes };
}
