// @ts-check
import { definePlugin, defineTask } from "rain-tasks/plugin";

/**
 * The schema of the config of `count`. You can also use a library that supports Standard Schema (https://standardschema.dev),
 * such as valibot or zod.
 * @type {import("rain-tasks/plugin").StandardSchemaV1<unknown, { atLeast: number }>}
 */
const config = {
  "~standard": {
    version: 1,
    vendor: "__NAME__",
    validate(value = {}) {
      const { atLeast = 1 } = /** @type {{ atLeast?: unknown }} */ (value);
      if (Number.isInteger(atLeast) && Number(atLeast) > 0) return { value: { atLeast: Number(atLeast) } };
      return { issues: [{ message: "a whole number above 0 is expected", path: ["atLeast"] }] };
    },
  },
};

export const count = defineTask({
  name: "count",
  summary: "Counts how often each word occurs in a text",
  inputs: { fixed: [{ label: "text", contentType: "text" }] },
  outputs: { fixed: [{ label: "counts", contentType: "json" }] },
  config,
  configJsonSchema: {
    type: "object",
    properties: {
      atLeast: { type: "integer", minimum: 1, default: 1, description: "Omit words that occur less often." },
    },
  },
  async run(ctx) {
    const text = await ctx.input.text.load();
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu))
      counts.set(word, (counts.get(word) ?? 0) + 1);
    const frequent = [...counts].filter(([, times]) => times >= ctx.config.atLeast);
    ctx.debug(`${counts.size} words, ${frequent.length} of which occur at least ${ctx.config.atLeast} times`);
    return { counts: { value: Object.fromEntries(frequent) } };
  },
});

export default definePlugin({ name: "__NAME__", tasks: [count] });
