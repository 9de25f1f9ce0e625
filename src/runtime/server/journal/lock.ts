import { readFile, rm, writeFile } from "node:fs/promises";
import { RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { identify, isRunning } from "../../platform/processes/identity.ts";

/**
 * Locks the journal, so that only one server writes it. Ignores the lock of a dead server.
 * @returns a function that releases the lock
 * @throws START_FAILED while another server runs
 */
export async function lockJournal(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  const own = `${process.pid} ${identify(process.pid).startTime}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await writeFile(lock, own, { flag: "wx" });
      return () => rm(lock, { force: true });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST" || attempt > 3) throw error;
    }
    const [pid = "", startTime = ""] = (await readFile(lock, "utf8").catch(() => "")).split(" ");
    if (startTime !== "" && isRunning({ pid: Number(pid), startTime: Number(startTime) })) {
      throw new RainError("START_FAILED", `the server with process id ${pid} uses the journal ${path}`, {
        hint: "Stop it first, or start this one with another --workdir.",
      });
    }
    await rm(lock, { force: true });
  }
}
