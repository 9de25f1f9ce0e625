import { parseArgs } from "node:util";
import { fuzz } from "./run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "10000" },
    entry: { type: "string" },
    from: { type: "string", default: "0" },
  },
});

const { inputs, memory } = await fuzz({
  seed: values.seed,
  count: Number(values.count),
  entry: values.entry,
  from: Number(values.from),
  report: (line) => console.log(line),
});
const MiB = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
console.log(
  `${inputs} inputs, seed ${values.seed}: nothing found. Memory: ${MiB(memory.early)} at first, ${MiB(memory.most)} at most, ${MiB(memory.last)} at the end.`,
);
