import { Chalk, type ChalkInstance } from "chalk";

/** Colours for a stream: none unless it is a terminal, and none where the user does not want them. */
function styleFor(stream: NodeJS.WriteStream): ChalkInstance {
  return stream.isTTY && !process.env.NO_COLOR ? new Chalk() : new Chalk({ level: 0 });
}

/** For what a command prints. */
export const style = styleFor(process.stdout);
/** For progress and errors. */
export const stderrStyle = styleFor(process.stderr);
