import { homedir } from "node:os";
import { join } from "node:path";

/** `$RAIN_HOME`, else where the XDG base directories put the state of programs. */
export function rainHome(): string {
  if (process.env.RAIN_HOME) return process.env.RAIN_HOME;
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "rain");
}
