import { ENTRIES } from "./entries/index.ts";
import type { Entry } from "./entry.ts";
import { Random } from "./random.ts";
import { startTarget, type Target } from "./target.ts";

export interface FuzzOptions {
  seed: string;
  /** The number of inputs for all entries together. */
  count: number;
  /** Fuzzes only this entry. */
  entry?: string | undefined;
  /** The number of the first input of each entry. */
  from?: number;
  report?: (line: string) => void;
}

export interface FuzzResult {
  inputs: number;
  /** Resident memory in bytes: the peak during the first tenth of the inputs, the peak, and at the end. */
  memory: { early: number; most: number; last: number };
}

/** The number of inputs between two checks that everything still works. */
const CHECK_EVERY = 1000;
const INPUT_MS = 20_000;

/** Feeds mutated inputs to a server and a worker, and checks that they still work. @throws Error with a command to repeat it */
export async function fuzz({
  seed,
  count,
  entry,
  from = 0,
  report = () => {},
}: FuzzOptions): Promise<FuzzResult> {
  const entries = ENTRIES.filter(({ name }) => entry === undefined || name === entry);
  if (entries.length === 0) {
    throw new Error(`there is no entry "${entry}"; there are ${ENTRIES.map(({ name }) => name).join(", ")}`);
  }
  const shares = entries.reduce((sum, { share }) => sum + share, 0);
  const target = await startTarget();
  const result: FuzzResult = { inputs: 0, memory: { early: 0, most: 0, last: 0 } };
  const note = () => {
    const { rss } = process.memoryUsage();
    const { memory } = result;
    if (result.inputs <= count / 10) memory.early = Math.max(memory.early, rss);
    memory.most = Math.max(memory.most, rss);
    memory.last = rss;
  };
  try {
    for (const each of entries) {
      const inputs = Math.max(1, Math.round((count * each.share) / shares));
      const started = performance.now();
      await feedEntry(target, each, { seed, from, inputs }, (fed) => {
        result.inputs += fed;
        note();
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      report(
        `${each.name}: ${inputs} inputs in ${seconds} s, ${Math.round(result.memory.last / 2 ** 20)} MiB`,
      );
    }
  } finally {
    await target.stop();
  }
  return result;
}

async function feedEntry(
  target: Target,
  entry: Entry,
  { seed, from, inputs }: { seed: string; from: number; inputs: number },
  fed: (inputs: number) => void,
): Promise<void> {
  for (let at = from; at < from + inputs; at += CHECK_EVERY) {
    const end = Math.min(at + CHECK_EVERY, from + inputs);
    let input = at;
    try {
      const feeder = await entry.open(target);
      for (; input < end; input++) {
        await within(INPUT_MS, feeder.feed(new Random(`${seed}/${entry.name}/${input}`)));
        if (target.faults.length > 0) break;
      }
      await within(INPUT_MS, feeder.close());
      await target.check();
    } catch (error) {
      const again = `npm run fuzz -- --seed ${seed} --entry ${entry.name} --from ${at} --count ${input + 1 - at}`;
      throw new Error(`${entry.name}, input ${input}: ${(error as Error).stack}\nRepeat: ${again}`, {
        cause: error,
      });
    }
    fed(end - at);
  }
}

async function within<Result>(ms: number, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the input was not handled within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
