import type { Submission } from "../../protocol/messages/index.ts";
import type { Connection } from "../connection/connection.ts";

/**
 * Sends a graph chunk by chunk – each is packed while the previous one travels – and then makes the call that uses the graph.
 * If a chunk cannot be packed or is refused, nothing of the graph stays on the server. @throws what either side throws
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
      // A failure is handled where the next chunk waits for this one.
      added.catch(ignore);
    }
  } catch (error) {
    if (added) connection.call("dropGraph", { graph }).catch(ignore);
    throw error;
  }
  // On one link they arrive in order, so the request need not wait for the answer to the last chunk.
  const used = use(graph);
  await Promise.all([added, used]);
  return used;
}

function ignore(): void {}
