import { join } from "node:path";
import { type Logger, pino } from "pino";
import { makeDirectory } from "../../runtime/launch/home.ts";
import { formatTime } from "../ui/terminal/format.ts";
import { stderrStyle } from "../ui/terminal/style.ts";

/** The log of a server or worker: into a file of this name in `directory`, else to stderr; short lines for people on a terminal. */
export async function processLog(name: string, directory: string | undefined): Promise<Logger> {
  const options = { base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
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
