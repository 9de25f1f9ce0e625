import { Launcher } from "./launcher.ts";
import type { Ended, Program } from "./program.ts";
import { runSpawned } from "./spawned.ts";

let launcher: Promise<Launcher | undefined> | undefined;

/**
 * Runs a program in a process group of its own, and resolves when the program has ended; what it left behind is killed. On
 * abort the whole group is asked to end, and killed when it has not after a while. It is killed, too, when this process dies.
 * @throws the system error when the program cannot be started
 */
export async function runProgram(program: Program, abort: AbortSignal): Promise<Ended> {
  launcher ??= startLauncher();
  const ended = await (await launcher)?.run(program, abort);
  // What the launcher could not start is started here, be it for the error that says why.
  return ended ?? (await runSpawned(program, abort));
}

/** There is one for all programs. When it dies the next program gets another; when there cannot be one, that stays so. */
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
