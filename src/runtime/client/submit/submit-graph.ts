/* Turns values into a graph and sends it to the server, with its plugins and constants. */

import type { Submission } from "../../protocol/messages/index.ts";
import type { Connection } from "../connection/connection.ts";
import type { Transfers } from "../fetch/transfers.ts";
import type { Owner } from "../graph/values.ts";
import { type Collected, collect, type Submittable } from "./collect.ts";
import { loadConstants } from "./constants.ts";
import { hasPluginTypes, type PackedChunk, pack, unbind } from "./pack.ts";
import { sendGraph } from "./send-graph.ts";

/** A session to submit to, with the numbers of its next task and object. */
export interface SubmitTarget {
  owner: Owner;
  session: number;
  connection: Connection;
  transfers: Transfers;
  ship: boolean;
  onSent?: ((tasks: number) => void) | undefined;
  nextTask: number;
  nextObject: number;
}

/**
 * Submits the values with everything they depend on: collects and numbers the tasks, packs them into chunks,
 * uploads the plugins and constants that a chunk needs, and sends it. Returns the numbers of the next task
 * and object. On error, nothing is submitted.
 * @throws as `Session.submit`
 */
export async function submitGraph(
  target: SubmitTarget,
  values: readonly Submittable[],
): Promise<Pick<SubmitTarget, "nextTask" | "nextObject">> {
  const { owner, session, connection, nextTask } = target;
  const collected = collect(owner, nextTask, values);
  if (collected.tasks.length + collected.constants.length === 0) return target;
  let { nextObject } = target;
  let sent = 0;
  const chunks = async function* (): AsyncGenerator<Submission, void> {
    for (const packed of pack(owner, collected, target.nextObject)) {
      await prepareChunk(target, collected, packed);
      nextObject = packed.nextObject;
      yield packed.chunk;
      sent += packed.chunk.kind.length;
      target.onSent?.(sent);
    }
  };
  try {
    await sendGraph(connection, chunks(), (graph) => connection.call("submit", { session, graph }));
  } catch (error) {
    unbind(owner, collected, target.nextObject);
    throw error;
  }
  return { nextTask: nextTask + collected.tasks.length, nextObject };
}

/** Uploads the plugins and the bytes of constants that the chunk needs. */
async function prepareChunk(
  { session, connection, transfers, ship }: SubmitTarget,
  { tasks }: Collected,
  { chunk, openConstants }: PackedChunk,
): Promise<void> {
  if (hasPluginTypes(chunk)) {
    const { addPlugins, uploadPlugins } = await import("./plugins.ts");
    const shipments = await addPlugins(chunk, tasks, ship);
    await uploadPlugins(shipments, (method, params) => connection.call(method, params), transfers);
  }
  await loadConstants(transfers, session, openConstants);
}
