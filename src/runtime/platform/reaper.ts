import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { unref } from "./unref.ts";

/**
 * A shell that knows the process groups that run, told by lines `+ PID` and `- PID`, and folders, told by lines `/ PATH`. When its
 * input ends, because this process is gone in whatever way, it kills the groups that are left and removes the folders. It takes no
 * process per line, and it ignores what is meant for others.
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

/** From now on the group does not outlive this process. */
export function watchGroup(leader: number): void {
  input ??= startReaper();
  input.write(`+ ${leader}\n`);
}

/** The folder does not outlive this process. Its path has no line break and no spaces at its ends. */
export function watchFolder(path: string): void {
  input ??= startReaper();
  input.write(`/ ${path}\n`);
}

/** Nobody of the group is left. */
export function unwatchGroup(leader: number): void {
  input?.write(`- ${leader}\n`);
}

/** It keeps nothing alive: neither this process nor, once that has ended, itself. */
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
