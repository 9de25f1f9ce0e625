import type { ParamEntry } from "../schema/params.ts";

/** A parameter of a session file. */
export interface Param extends ParamEntry {
  name: string;
}
