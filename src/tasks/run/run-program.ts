import { Launcher } from "./launcher.ts";
import type { Ended, Program } from "./program.ts";
import { runSpawned } from "./spawned.ts";

let launcher: Promise<Launcher | undefined> | undefined;

/**
 * Runs a program in a process group of its own, and resolves when the program has ended. Processes that it left
 * behind are killed. On abort, the group gets SIGTERM, and after `graceMs` SIGKILL. The group is also killed when
 * this process ends.
 *
 * Normally the launcher starts the program, which is much faster. Where there is no suitable Python, this process does.
 * @throws the system error if the program cannot be started
 */
export async function runProgram(program: Program, abort: AbortSignal): Promise<Ended> {
  launcher ??= startLauncher();
  const ended = await (await launcher)?.run(program, abort);
  // If the launcher cannot start a program, this process tries, and gets the error if it fails, too.
  return ended ?? (await runSpawned(program, abort));
}

/**
 * All programs share one launcher. If it ends, the next program starts another. If none can be started, it is
 * not tried again.
 */
function startLauncher(): Promise<Launcher | undefined> {
  let ready = false;
  const onEnd = () => {
    if (ready) launcher = undefined;
  };
  return Launcher.start(onEnd).then((started) => {
    ready = started !== undefined;
    return started;
  });
}
