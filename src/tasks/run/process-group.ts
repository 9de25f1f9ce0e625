import { spawn } from "node:child_process";
import { unwatchGroup, watchGroup } from "../../runtime/reaper.ts";

/** Time between the request to end and the kill. */
const GRACE_MS = 2000;

export interface Program {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdio: ["ignore" | number, number, number];
}

/** How a program ended: one of the two. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Runs a program in a process group of its own, and resolves when the program has ended; what it left behind is killed.
 * On abort the whole group is asked to end, and killed when it has not after a while. It is killed, too, when this process dies.
 * @throws the system error when the program cannot be started
 */
export function runInGroup(program: Program, abort: AbortSignal): Promise<Exit> {
  const { command, args, cwd, env, stdio } = program;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio, detached: true });
    if (child.pid !== undefined) watchGroup(child.pid);
    let kill: NodeJS.Timeout | undefined;
    const terminate = () => {
      signalGroup(child.pid, "SIGTERM");
      kill = setTimeout(signalGroup, GRACE_MS, child.pid, "SIGKILL");
    };
    const settle = () => {
      clearTimeout(kill);
      abort.removeEventListener("abort", terminate);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      settle();
      signalGroup(child.pid, "SIGKILL");
      if (child.pid !== undefined) unwatchGroup(child.pid);
      resolve({ code, signal });
    });
    if (abort.aborted) terminate();
    else abort.addEventListener("abort", terminate);
  });
}

function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody of the group is left whom this process may signal.
  }
}
