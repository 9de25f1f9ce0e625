import { Chalk, type ChalkInstance } from "chalk";

/** Colours for a stream: none unless it is a terminal, and none with NO_COLOR. */
function styleFor(stream: NodeJS.WriteStream): ChalkInstance {
  return stream.isTTY && !process.env.NO_COLOR ? new Chalk() : new Chalk({ level: 0 });
}

/** Colours of results. */
export const style = styleFor(process.stdout);
/** Colours of progress and errors. */
export const stderrStyle = styleFor(process.stderr);
