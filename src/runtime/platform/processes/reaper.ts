import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { unref } from "../unref.ts";

/**
 * A shell script that kills process groups and removes folders when this process ends, however it ends. It
 * reads lines: `+ PID` adds a
 * group, `- PID` removes one, and `/ PATH` adds a folder. When its input ends, it kills the groups that are
 * left and removes the folders.
 * It starts no process per line, and ignores the signals of terminals.
 */
const SCRIPT = `
trap '' INT TERM HUP
groups=' '
while read -r change group; do
  case $change in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
    /) set -- "$@" "$group" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
[ $# = 0 ] || rm -rf -- "$@"
`;

let input: Writable | undefined;

/** Kills the group when this process ends. */
export function watchGroup(leader: number): void {
  input ??= startReaper();
  input.write(`+ ${leader}\n`);
}

/** Removes the folder when this process ends. Its path must have no line breaks, and no spaces at its ends. */
export function watchFolder(path: string): void {
  input ??= startReaper();
  input.write(`/ ${path}\n`);
}

/** Stops watching a group that has ended. */
export function unwatchGroup(leader: number): void {
  input?.write(`- ${leader}\n`);
}

/** The reaper does not keep this process alive. */
function startReaper(): Writable {
  const reaper = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const forget = () => {
    input = undefined;
  };
  reaper.once("error", forget).once("exit", forget).unref();
  reaper.stdin.on("error", forget);
  unref(reaper.stdin);
  return reaper.stdin;
}
