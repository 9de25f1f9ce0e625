/** The used part of a `.cpuprofile` file of V8. Times are in microseconds on the monotonic clock of the machine. */
export interface CpuProfile {
  startTime: number;
  nodes: { id: number; callFrame: CallFrame }[];
  /** The ids of the nodes on top of the stack, one for each sample. */
  samples: number[];
  /** The time between each sample and the previous one; for the first sample, since `startTime`. */
  timeDeltas: number[];
}

export interface CallFrame {
  functionName: string;
  url: string;
  /** Counted from 0. */
  lineNumber: number;
}

/** The microseconds spent in a function or source file itself, without its callees. */
export interface Cost {
  name: string;
  self: number;
}

export interface Summary {
  /** The time that was not idle. */
  busy: number;
  /** Most expensive first. */
  functions: Cost[];
  sources: Cost[];
}

/**
 * Sums the time spent per function and per source file. A sample stands for the time until the next one.
 * @param span the time to summarize
 * @param sourceOf returns the source of a function. Work of the engine, such as `(garbage collector)`, is its own source.
 */
export function summarize(
  { startTime, nodes, samples, timeDeltas }: CpuProfile,
  [begin, end]: readonly [begin: number, end: number],
  sourceOf: (frame: CallFrame) => string,
): Summary {
  const perNode = new Map<number, number>();
  let at = startTime;
  for (const [i, id] of samples.entries()) {
    at += timeDeltas[i] ?? 0;
    const until = at + (timeDeltas[i + 1] ?? 0);
    const inside = Math.min(until, end) - Math.max(at, begin);
    if (inside > 0) perNode.set(id, (perNode.get(id) ?? 0) + inside);
  }
  const functions = new Map<string, number>();
  const sources = new Map<string, number>();
  let busy = 0;
  for (const { id, callFrame } of nodes) {
    const self = perNode.get(id) ?? 0;
    if (self === 0 || callFrame.functionName === "(idle)") continue;
    busy += self;
    const { functionName } = callFrame;
    const isOfEngine = functionName.startsWith("(");
    const source = isOfEngine ? functionName : sourceOf(callFrame);
    const name = isOfEngine ? source : `${functionName || "(anonymous)"} ${source}`;
    functions.set(name, (functions.get(name) ?? 0) + self);
    sources.set(source, (sources.get(source) ?? 0) + self);
  }
  return { busy, functions: ranked(functions), sources: ranked(sources) };
}

function ranked(costs: ReadonlyMap<string, number>): Cost[] {
  return Array.from(costs, ([name, self]) => ({ name, self })).sort((a, b) => b.self - a.self);
}
