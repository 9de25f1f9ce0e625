/* Files and directories of this machine: where Rain's own are, and how to move, remove and read them. */

import { homedir } from "node:os";
import { join } from "node:path";
import { RainError } from "../../errors.ts";

/** `$RAIN_HOME`, or else the folder `rain` in the XDG directory for the state of programs. */
export function rainHome(): string {
  if (process.env.RAIN_HOME) return process.env.RAIN_HOME;
  return join(process.env.XDG_STATE_HOME || join(homeDirectory(), ".local", "state"), "rain");
}

/** @throws USAGE for a user without a home directory, who gets `/`, as in some containers */
function homeDirectory(): string {
  const home = homedir();
  if (home === "/" && process.getuid?.() !== 0) {
    throw new RainError("USAGE", "this user has no home directory", {
      hint: "Set RAIN_HOME to a directory for the state of Rain.",
    });
  }
  return home;
}
