import { writeFileSync } from "node:fs";
import { RainError } from "../../errors.ts";
import { describePlugin } from "./describe-plugin.ts";

/**
 * The process that loads a plugin to describe it: `describe.js ANSWER MODULE [COMMANDS]`. Since the plugin
 * may print anything, the answer goes to a file.
 */
const [, , answer = "", module = "", commands] = process.argv;
try {
  writeFileSync(answer, JSON.stringify({ description: await describePlugin(module, commands) }));
} catch (error) {
  writeFileSync(answer, JSON.stringify({ error: RainError.from(error, "START_FAILED") }));
}
// Timers and sockets of the plugin must not keep the process alive.
process.exit();
