import { removeLinks } from "../../platform/files/changes/linked-files.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";

/** Removes a file or directory that may have links to files of objects. @throws as `removeTree` */
export async function removeFiles(path: string): Promise<void> {
  await removeLinks(path);
  await removeTree(path);
}
