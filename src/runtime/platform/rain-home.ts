import { homedir } from "node:os";
import { join } from "node:path";

/** `$RAIN_HOME`, or else the folder `rain` in the XDG directory for the state of programs. */
export function rainHome(): string {
  if (process.env.RAIN_HOME) return process.env.RAIN_HOME;
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "rain");
}
