import { type Inventory, objectProducer } from "../../core/index.ts";
import type { InventoryPart } from "../../protocol/messages/index.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import type { Registry } from "./registry.ts";

/** What a worker has of one session, for the core: it may have come in parts. */
export function toCoreInventory(session: number, parts: readonly InventoryPart[]): Inventory {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  return {
    session,
    objects: Uint32Array.from(parts.flatMap(({ objects }) => [...objects])),
    sizes: Float64Array.from(parts.flatMap(({ sizes }) => [...sizes])),
    running: Uint32Array.from(parts.flatMap(({ running }) => [...running])),
  };
}

/** Of tasks that had ended without the server's knowledge, only their worker knows of what type their outputs are. */
export function learnContentTypes(
  cluster: Registry,
  record: SessionRecord,
  { objects, contentTypes, contentType }: InventoryPart,
  isKnown: (task: number) => boolean,
): void {
  for (const [i, object] of objects.entries()) {
    const task = objectProducer(cluster.core, record.id, object);
    if (task !== undefined && !isKnown(task)) record.contentTypes.set(object, contentTypes[contentType[i]]);
  }
}
