import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { removeTree } from "../../platform/files/remove-tree.ts";
import { watchFolder } from "../../platform/processes/reaper.ts";

/** The path of a Unix socket has 107 bytes at most. */
const MAX_SOCKET_FOLDER_BYTES = 96;

/** The folders of one worker, all on one file system so that files move between them by renaming. */
export interface WorkDir {
  /** Objects. */
  objects: string;
  /** Incomplete objects. */
  incoming: string;
  /** Working directories of tasks. */
  tasks: string;
  /** Plugins from the server. */
  plugins: string;
  /** Working directories of executors. */
  executors: string;
  /** A free path for a Unix socket. */
  socketPath: (id: number) => string;
  remove(): Promise<void>;
}

/** Creates a folder for this worker in `parent`, which is created if it is missing. @throws START_FAILED */
export async function makeWorkDir(parent: string): Promise<WorkDir> {
  const root = join(resolve(parent), `worker-${process.pid}-${randomBytes(4).toString("hex")}`);
  const dirs = {
    objects: join(root, "objects"),
    incoming: join(root, "incoming"),
    tasks: join(root, "tasks"),
    plugins: join(root, "plugins"),
    executors: join(root, "executors"),
  };
  let sockets = join(root, "sockets");
  try {
    await mkdir(parent, { recursive: true });
    // Other users must not read objects and the files of tasks.
    await mkdir(root, { mode: 0o700 });
    // The reaper cannot remove a folder with a line break in its name; `rain stop` can.
    if (!root.includes("\n")) watchFolder(root);
    for (const path of Object.values(dirs)) await mkdir(path);
    if (sockets.length <= MAX_SOCKET_FOLDER_BYTES) {
      await mkdir(sockets, { mode: 0o700 });
    } else {
      const elsewhere = await mkdtemp(join(tmpdir(), "rain-"));
      watchFolder(elsewhere);
      // `rain stop` finds the folder by this link if nothing else has removed it.
      await symlink(elsewhere, sockets);
      sockets = elsewhere;
    }
  } catch (error) {
    throw new RainError(
      "START_FAILED",
      `the worker cannot write to its work directory ${parent}: ${messageOf(error)}`,
      {
        hint: "Choose another one with --workdir.",
        cause: error,
      },
    );
  }
  const folders = [root, sockets];
  return {
    ...dirs,
    socketPath: (id) => join(sockets, String(id)),
    async remove() {
      for (const path of folders) await removeTree(path);
    },
  };
}
