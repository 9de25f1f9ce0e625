import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { unref } from "../unref.ts";
import { ownMark, RUN_VARIABLE } from "./run-marks.ts";

/**
 * A shell script that kills processes and removes folders when this process ends, however it ends. It reads lines: `+ PID` adds a
 * process group, `- PID` removes one, `/ PATH` adds a folder, `@ PATH` a control group (cgroup v2), and `= MARK` the mark of this
 * process, which processes have in their environment. When its input ends, it kills what is left and removes the folders.
 * It starts no process per line, and ignores the signals of terminals.
 */
const SCRIPT = `
trap '' INT TERM HUP
groups=' ' mark= cage=
while read -r change what; do
  case $change in
    +) groups="$groups$what " ;;
    -) groups="\${groups%% $what *} \${groups#* $what }" ;;
    /) set -- "$@" "$what" ;;
    @) cage=$what ;;
    =) mark=$what ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
# This process is in the control group itself, and must keep its exit code.
still_ends() {
  read -r stat <"/proc/$PPID/stat" || return 1
  case \${stat##*)} in ' Z'* | ' X'*) return 1 ;; esac
}
tries=0
while [ "$cage" ] && still_ends && [ $tries -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.01
done
tries=0
while [ "$cage" ] && [ -d "$cage" ] && [ $tries -lt 100 ]; do
  tries=$((tries + 1))
  echo 1 >"$cage/cgroup.kill" || kill -s KILL $(cat "$cage"/cgroup.procs "$cage"/*/cgroup.procs)
  rmdir "$cage"/*/
  rmdir "$cage" || sleep 0.05
done
tries=0
while [ "$mark" ] && [ $tries -lt 50 ]; do
  tries=$((tries + 1))
  left=$(grep -ls "${RUN_VARIABLE}=$mark[.]" /proc/[0-9]*/environ) || break
  for file in $left; do file=\${file#/proc/}; kill -s KILL "\${file%/environ}"; done
  sleep 0.02
done
[ $# = 0 ] || rm -rf -- "$@"
`;

/** The lines that say what is watched. */
const watched = new Set<string>();
let input: Writable | undefined;

/** Kills the group when this process ends. */
export function watchGroup(leader: number): void {
  watch(`+ ${leader}\n`);
}

/** Removes the folder when this process ends. Its path must have no line breaks, and no spaces at its ends. */
export function watchFolder(path: string): void {
  watch(`/ ${path}\n`);
}

/** Kills what is in the control group when this process ends, and removes the group. */
export function watchControlGroup(path: string): void {
  watch(`@ ${path}\n`);
}

/** Stops watching a group that has ended. */
export function unwatchGroup(leader: number): void {
  watched.delete(`+ ${leader}\n`);
  input?.write(`- ${leader}\n`);
}

function watch(line: string): void {
  watched.add(line);
  if (input) input.write(line);
  else input = startReaper();
}

/** The reaper does not keep this process alive. If somebody kills it, another one takes its place. */
function startReaper(): Writable {
  const reaper = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const { stdin } = reaper;
  const forget = () => {
    if (input === stdin) input = undefined;
  };
  reaper.once("error", forget);
  reaper.once("exit", (_code, signal) => {
    if (input === stdin) input = signal === null ? undefined : startReaper();
  });
  reaper.unref();
  stdin.on("error", () => {});
  unref(stdin);
  stdin.write([`= ${ownMark()}\n`, ...watched].join(""));
  return stdin;
}
