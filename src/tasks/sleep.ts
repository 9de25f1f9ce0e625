import { setTimeout } from "node:timers/promises";
import * as v from "valibot";
import { defineTask } from "../runtime/plugin/contract/index.ts";
import { configured } from "./support/config.ts";

/** Timers count milliseconds in 31 bits. */
const MAX_SECONDS = 2_147_483;

const seconds = v.pipe(
  v.number("the seconds to sleep are expected, as a number"),
  v.minValue(0, "the seconds to sleep cannot be negative"),
  v.maxValue(MAX_SECONDS, `a sleep takes at most ${MAX_SECONDS} seconds`),
  v.description("the seconds to sleep"),
);

export const sleep = defineTask({
  name: "sleep",
  summary: "Forwards its input after a delay in seconds",
  inputs: { fixed: [{ dataType: "any" }] },
  outputs: { fixed: [{ dataType: "any" }] },
  ...configured(seconds),
  async run(ctx) {
    await setTimeout(ctx.config * 1000, undefined, { signal: ctx.signal });
    return [ctx.inputs[0]];
  },
});
