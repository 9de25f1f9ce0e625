import { readFile, rm, writeFile } from "node:fs/promises";
import { RainError } from "../../errors.ts";

/**
 * Sees to it that one server at a time writes the journal. The lock of a server that has died does not count.
 * @returns what gives it back @throws START_FAILED while another server runs
 */
export async function lockJournal(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  const own = `${process.pid} ${await startTimeOf(process.pid)}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await writeFile(lock, own, { flag: "wx" });
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 3) throw error;
    }
    const [pid = "", startTime = ""] = (await readFile(lock, "utf8").catch(() => "")).split(" ");
    const isHeld = pid !== "" && startTime !== "" && (await startTimeOf(Number(pid))) === startTime;
    if (isHeld) {
      throw new RainError("START_FAILED", `the server with process id ${pid} uses the journal ${path}`, {
        hint: "Stop it first, or start this one with another --workdir.",
      });
    }
    await rm(lock, { force: true });
  }
}

/** Of a process, as the system counts it; empty when there is none. Where the system does not tell, that it is there must do. */
async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat !== undefined) {
    // The name of the program, in parentheses, may hold anything. A zombie has ended, but nobody has asked how.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  }
  try {
    process.kill(pid, 0);
    return "running";
  } catch {
    return "";
  }
}
