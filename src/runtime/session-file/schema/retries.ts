import * as v from "valibot";
import { about, duration, integer, required } from "./leaves.ts";

const count = v.pipe(integer(0), v.maxValue(255, "must be at most 255"));

export const retries = v.pipe(
  v.union([
    count,
    v.strictObject({
      times: required(count, "How often to repeat a failed run."),
      delay: about(duration, "How long to wait before the next run. Default: 0."),
      backoff: about(
        v.pipe(
          v.number(),
          v.finite("must be finite"),
          v.minValue(1, "must be at least 1"),
          v.description("a number"),
        ),
        "Each delay is the previous delay times this number. Default: 1.",
      ),
      maxDelay: about(duration, "The maximum delay. Default: `1h`, or `delay` if that is longer."),
    }),
  ]),
  v.description("a number, or a map of times, delay, backoff and maxDelay"),
);
