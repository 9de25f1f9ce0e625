import { writeFileSync } from "node:fs";
import { RainError } from "../../errors.ts";
import { describePlugin } from "./describe-plugin.ts";

/**
 * The process in which a plugin is loaded to be described: `describe.js ANSWER MODULE [COMMANDS]`. What the plugin prints
 * does not matter, so the answer goes into a file.
 */
const [answer, module, commands] = process.argv.slice(2);
try {
  writeFileSync(answer, JSON.stringify({ description: await describePlugin(module, commands) }));
} catch (error) {
  writeFileSync(answer, JSON.stringify({ error: RainError.from(error, "START_FAILED") }));
}
// Whatever the plugin has started must not keep the process alive.
process.exit();
