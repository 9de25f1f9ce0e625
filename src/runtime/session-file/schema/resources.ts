import * as v from "valibot";
import { about, integer, size, texts } from "./leaves.ts";

export const resources = v.pipe(
  v.strictObject({
    cpus: about(integer(1), "The number of CPUs that the task uses. Default: 1."),
    memory: about(
      size,
      "How much memory the task needs: `500MB`, `1.5GiB`, or a number of bytes. On Linux, Rain kills a program that uses more, and its run fails.",
    ),
    named: about(
      v.pipe(v.record(v.string(), integer(1)), v.description("a map such as { gpu: 1 }")),
      "How many units the task needs of named resources, such as `{ gpu: 1 }`.",
    ),
  }),
  v.description("a map such as { cpus: 2, memory: 1GiB }"),
  v.metadata({
    hints: Object.fromEntries(
      ["gpu", "gpus"].map((key) => [key, "put resources other than cpus and memory under named: { gpu: 1 }"]),
    ),
  }),
);

export const where = v.pipe(
  v.strictObject({
    workers: about(
      v.pipe(v.array(integer(1)), v.description("a list of ids of workers")),
      "Ids of workers, as `rain status` shows them. The task runs on one of these.",
    ),
    labels: about(texts, "Labels, with their values, that the worker must have."),
  }),
  v.description("a map such as { labels: { disk: ssd } }"),
);
