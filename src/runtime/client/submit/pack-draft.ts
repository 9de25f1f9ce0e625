import type { Submission } from "../../protocol/messages/index.ts";
import type { Owner } from "../graph/values.ts";
import { collect, type Submittable } from "./collect.ts";
import { fileSize } from "./constants.ts";
import { hasPluginTypes, pack, unbind } from "./pack.ts";

/**
 * Packs a graph into chunks without the bytes of constants and the sizes of directories. Removes the numbers
 * of the values at the end.
 * @throws IO
 */
export async function* packDraft(
  draft: Owner,
  values: readonly Submittable[],
  ship: boolean,
): AsyncGenerator<Submission, void> {
  const collected = collect(draft, 0, values, "client.place");
  try {
    for (const { chunk, openConstants } of pack(draft, collected, 0)) {
      if (hasPluginTypes(chunk)) {
        const { addPlugins } = await import("./plugins.ts");
        await addPlugins(chunk, collected.tasks, ship);
      }
      for (const { object, constant } of openConstants) {
        const { source } = object;
        if (source?.kind === "bytes") constant.size = source.bytes.length;
        if (source?.kind === "file") constant.size = await fileSize(source.path);
      }
      for (const constant of chunk.constants) delete constant.data;
      yield chunk;
    }
  } finally {
    unbind(draft, collected, 0);
  }
}
