import type { Submission } from "../../protocol/messages/index.ts";
import type { Connection } from "../connection/connection.ts";

/**
 * Sends a graph chunk by chunk – one is packed while the one before is on its way – and then says what to do with it.
 * Nothing of a graph stays on the server when a chunk cannot be packed or is refused. @throws what either side throws
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
      // Looked at where the next chunk waits for it.
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
