import { join } from "node:path";
import { type Logger, pino } from "pino";
import { makeDirectory } from "../../runtime/launch/home.ts";
import type { LogLevel } from "../support/base.ts";
import { formatTime } from "./format.ts";
import { stderrStyle } from "./style.ts";

/** The log of a server or worker: a file of this name in `directory`, else stderr. On a terminal it has short lines for people. */
export async function processLog(
  name: string,
  directory: string | undefined,
  level: LogLevel = "info",
): Promise<Logger> {
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  if (directory !== undefined) {
    await makeDirectory(directory);
    return pino(options, pino.destination({ dest: join(directory, `${name}.log`), sync: true }));
  }
  if (process.stderr.isTTY) return pino(options, { write: (line) => process.stderr.write(forPeople(line)) });
  return pino(options, pino.destination({ dest: process.stderr.fd, sync: true }));
}

function forPeople(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line);
  const clock = stderrStyle.dim(formatTime(Date.parse(time)));
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  if (err !== undefined) facts.push(err.message);
  const text = [msg, stderrStyle.dim(facts.join(" "))].filter(Boolean).join("  ");
  return `${clock} ${level >= 50 ? stderrStyle.red(text) : level >= 40 ? stderrStyle.yellow(text) : text}\n`;
}
