import type { Submission } from "../../protocol/messages/index.ts";
import type { Connection } from "../connection/connection.ts";

/**
 * Sends a graph in chunks, then makes the call that uses the graph. Packs each chunk while the previous one
 * is sent. If a chunk cannot be packed or is rejected, the server drops the graph.
 * @throws errors of packing and of the server
 */
export async function sendGraph<Result>(
  connection: Connection,
  chunks: AsyncIterable<Submission>,
  use: (graph: number) => Promise<Result>,
): Promise<Result> {
  const graph = connection.newGraph();
  let added: Promise<unknown> | undefined;
  try {
    for await (const chunk of chunks) {
      await added;
      added = connection.call("addChunk", { graph, chunk });
      // The next chunk waits for this one and handles its error.
      added.catch(ignore);
    }
  } catch (error) {
    if (added) connection.call("dropGraph", { graph }).catch(ignore);
    throw error;
  }
  // Messages arrive in order, so the call need not wait for the answer to the last chunk.
  const used = use(graph);
  await Promise.all([added, used]);
  return used;
}

function ignore(): void {}
