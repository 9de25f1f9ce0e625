import type { ParamEntry } from "../schema/params.ts";

/** A parameter of a session file. */
export interface Param extends ParamEntry {
  name: string;
  /** The text of a default that is a number and would not be written the same again. */
  written?: string | undefined;
}
