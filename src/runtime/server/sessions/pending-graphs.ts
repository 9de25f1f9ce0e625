import { RainError } from "../../errors.ts";
import { MAX_PENDING_GRAPH_BYTES } from "../../protocol/limits.ts";
import { checkSubmission } from "../../protocol/messages/check-submission.ts";
import type { SparseTexts, Submission } from "../../protocol/messages/index.ts";

/** Estimated memory of a text, a user's value or a constant in addition to its bytes. */
const ENTRY_BYTES = 64;

/** The chunks of incomplete graphs that a client is sending. They are dropped when the client disconnects. */
export class PendingGraphs {
  readonly #graphs = new Map<number, { chunks: Submission[]; bytes: number }>();
  #bytes = 0;

  /** Adds a chunk. @throws INVALID_GRAPH, LIMIT_EXCEEDED; the graph is dropped then */
  add(graph: number, chunk: Submission): void {
    try {
      checkSubmission(chunk);
      const bytes = bytesOf(chunk);
      if (this.#bytes + bytes > MAX_PENDING_GRAPH_BYTES) {
        throw new RainError(
          "LIMIT_EXCEEDED",
          `the graph takes more than ${MAX_PENDING_GRAPH_BYTES / 2 ** 20} MiB, the limit for one submit`,
          { hint: "Submit it in several parts, and keep the objects that later parts need." },
        );
      }
      const pending = this.#graphs.get(graph) ?? { chunks: [], bytes: 0 };
      pending.chunks.push(chunk);
      pending.bytes += bytes;
      this.#bytes += bytes;
      this.#graphs.set(graph, pending);
    } catch (error) {
      this.drop(graph);
      throw error;
    }
  }

  /** Removes a complete graph and returns it. @throws INVALID_GRAPH if there is no chunk of it */
  take(graph: number): Submission[] {
    const pending = this.#graphs.get(graph);
    if (!pending) throw new RainError("INVALID_GRAPH", `no chunk of graph ${graph} has arrived`);
    this.drop(graph);
    return pending.chunks;
  }

  drop(graph: number): void {
    this.#bytes -= this.#graphs.get(graph)?.bytes ?? 0;
    this.#graphs.delete(graph);
  }

  clear(): void {
    this.#graphs.clear();
    this.#bytes = 0;
  }
}

function bytesOf(chunk: Submission): number {
  const { kind, inputStart, inputs, config, configs, keep, names, taskKeys, constantKeys, users } = chunk;
  let bytes = ENTRY_BYTES * (users.value.length + chunk.kinds.length);
  for (const column of [kind, inputStart, inputs, config, configs.start, configs.bytes, keep]) {
    bytes += column.byteLength;
  }
  for (const texts of [names, taskKeys, constantKeys]) bytes += textBytes(texts);
  bytes += chunk.order?.byteLength ?? 0;
  for (const { data } of chunk.constants) bytes += ENTRY_BYTES + (data?.length ?? 0);
  return bytes;
}

function textBytes({ text }: SparseTexts): number {
  let bytes = ENTRY_BYTES * text.length;
  for (const { length } of text) bytes += length;
  return bytes;
}
