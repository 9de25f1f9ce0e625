import type { Submission } from "../protocol/submission.ts";
import { collect, type Submittable } from "./collect.ts";
import { fileSize } from "./constants.ts";
import { hasPluginTypes, pack, unbind } from "./pack.ts";
import type { Session } from "./session.ts";

/**
 * The graph of a first submit without the bytes of its constants. The values are as free as before. Sizes of directories are
 * left out. @throws IO
 */
export async function packDraft(
  draft: Session,
  values: readonly Submittable[],
  ship: boolean,
): Promise<Submission[]> {
  const collected = collect(draft, 0, values);
  try {
    const { chunks, openConstants } = pack(draft, collected, 0);
    if (hasPluginTypes(chunks)) {
      const { enterPlugins } = await import("./plugins.ts");
      await enterPlugins(chunks, collected.tasks, ship);
    }
    for (const { object, constant } of openConstants) {
      const { source } = object;
      if (source?.kind === "bytes") constant.size = source.bytes.length;
      if (source?.kind === "file") constant.size = await fileSize(source.path);
    }
    for (const { constants } of chunks) for (const constant of constants) delete constant.data;
    return chunks;
  } finally {
    unbind(collected, 0);
  }
}
