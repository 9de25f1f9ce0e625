import { type Inventory, objectProducer } from "../../core/index.ts";
import type { InventoryPart } from "../../protocol/messages/index.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import type { Registry } from "./registry.ts";

/** Joins the parts of an inventory of one session, for the core. */
export function toCoreInventory(session: number, parts: readonly InventoryPart[]): Inventory {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  return {
    session,
    objects: Uint32Array.from(parts.flatMap(({ objects }) => [...objects])),
    sizes: Float64Array.from(parts.flatMap(({ sizes }) => [...sizes])),
    running: Uint32Array.from(parts.flatMap(({ running }) => [...running])),
    finished: Uint32Array.from(parts.flatMap(({ finished }) => [...finished])),
  };
}

/**
 * Learns the content types of outputs from an inventory: only the worker knows those of tasks that ended
 * while it was disconnected.
 */
export function learnContentTypes(
  cluster: Registry,
  record: SessionRecord,
  { objects, contentTypes, contentType }: InventoryPart,
  isKnown: (task: number) => boolean,
): void {
  for (const [i, object] of objects.entries()) {
    const task = objectProducer(cluster.core, record.id, object);
    const type = contentTypes[contentType[i]!];
    if (task !== undefined && type !== undefined && !isKnown(task)) record.contentTypes.set(object, type);
  }
}
