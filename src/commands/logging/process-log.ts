/* The logs of commands and processes. */

import { join } from "node:path";
import { type Logger, pino } from "pino";
import { makeDirectory } from "../../runtime/launch/cluster-record.ts";
import { visibleLine, visibleText } from "../../runtime/visible-text.ts";
import { formatTime } from "../ui/terminal/format.ts";
import { stderrStyle } from "../ui/terminal/style.ts";
import { logDestination } from "./log-destination.ts";
import type { LogLevel } from "./log-level.ts";

const OPTIONS = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
const { info: INFO = 30 } = pino.levels.values;

export interface ProcessLogOptions {
  level: LogLevel;
  /** Directory of the file NAME.log. Default: no file; the log goes to stderr. */
  directory: string | undefined;
}

/** The log of a server or worker: NDJSON in a file or on stderr, or short lines on a terminal. */
export async function processLog(name: string, { level, directory }: ProcessLogOptions): Promise<Logger> {
  const options = { ...OPTIONS, level };
  if (directory !== undefined) {
    await makeDirectory(directory);
    return pino(options, logDestination(join(directory, `${name}.log`)));
  }
  if (process.stderr.isTTY) return commandLog(level);
  return pino(options, logDestination(process.stderr.fd));
}

/** The log of a command that uses a server: short lines on stderr. */
export function commandLog(level: LogLevel): Logger {
  return pino({ ...OPTIONS, level }, { write: (line) => process.stderr.write(formatLine(line)) });
}

function formatLine(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line);
  const clock = stderrStyle.dim(formatTime(Date.parse(time)));
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${visibleLine(JSON.stringify(value))}`);
  if (err !== undefined) facts.push(visibleText(err.message));
  const label = level < INFO ? stderrStyle.dim(pino.levels.labels[level]) : "";
  const text = [label, visibleText(msg ?? ""), stderrStyle.dim(facts.join(" "))].filter(Boolean).join("  ");
  return `${clock} ${level >= 50 ? stderrStyle.red(text) : level >= 40 ? stderrStyle.yellow(text) : text}\n`;
}
