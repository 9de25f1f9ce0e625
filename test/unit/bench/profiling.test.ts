import { describe, expect, it } from "vitest";
import { renderSummary } from "../../../bench/profiling/render.ts";
import { modulesOfLines, Sources } from "../../../bench/profiling/sources.ts";
import { type CpuProfile, summarize } from "../../../bench/profiling/summary.ts";

const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 0 });

/** Samples at 100, 110, 130, 160, 200, 250 µs. */
const profile: CpuProfile = {
  startTime: 100,
  nodes: [
    { id: 1, callFrame: frame("(idle)") },
    { id: 2, callFrame: frame("(garbage collector)") },
    { id: 3, callFrame: frame("pack", "file:///a.js") },
    // The same function, called by another one.
    { id: 4, callFrame: frame("pack", "file:///a.js") },
    { id: 5, callFrame: frame("", "file:///a.js") },
  ],
  samples: [3, 4, 1, 2, 5, 3],
  timeDeltas: [0, 10, 20, 30, 40, 50],
};
const summary = (span: readonly [number, number]) => summarize(profile, span, ({ url }) => url.slice(-4));

describe("the summary of a profile", () => {
  it("adds up what each function and each source took itself, without idle time", () => {
    expect(summary([0, 1_000])).toEqual({
      busy: 10 + 20 + 40 + 50,
      functions: [
        { name: "(anonymous) a.js", self: 50 },
        { name: "(garbage collector)", self: 40 },
        { name: "pack a.js", self: 30 },
      ],
      sources: [
        { name: "a.js", self: 80 },
        { name: "(garbage collector)", self: 40 },
      ],
    });
  });

  it("counts only what lies in the span", () => {
    expect(summary([125, 210]).functions).toEqual([
      { name: "(garbage collector)", self: 40 },
      { name: "(anonymous) a.js", self: 10 },
      { name: "pack a.js", self: 5 },
    ]);
    expect(summary([300, 400])).toEqual({ busy: 0, functions: [], sources: [] });
  });

  it("is told as shares and per task", () => {
    const text = renderSummary("server", summary([0, 1_000]), { wall: 240, amount: 10, top: 1 });
    expect(text).toContain("server: busy 50 % of 0.00 s, 12.00 µs each of 10");
    expect(text).toContain("| a.js | 66.7 % | 8.000 |");
    expect(text).toContain("| (anonymous) a.js | 41.7 % | 5.000 |");
    expect(text).not.toContain("pack");
  });
});

describe("the source of a function", () => {
  it("is the module above its line in a bundle", () => {
    const bundle = [
      'import "node:fs";',
      "// src/runtime/core/step.ts",
      "function step() {}",
      "var require_sender = __commonJS({",
      '  "node_modules/ws/lib/sender.js"(exports, module) {',
      "    // src is not a module here",
      "// ../elsewhere/node_modules/cbor-x/encode.js",
      "function encode() {}",
    ].join("\n");
    expect(modulesOfLines(bundle)).toEqual([
      "",
      ...Array(3).fill("src/runtime/core/step.ts"),
      ...Array(2).fill("node_modules/ws/lib/sender.js"),
      ...Array(2).fill("../elsewhere/node_modules/cbor-x/encode.js"),
    ]);
  });

  it("is the package of a library, and node for what is its own", () => {
    const sources = new Sources();
    expect(sources.of(frame("send", "file:///x/node_modules/ws/lib/sender.js"))).toBe("ws");
    expect(sources.of(frame("parse", "file:///x/node_modules/@oclif/core/lib/a.js"))).toBe("@oclif/core");
    expect(sources.of(frame("processTicks", "node:internal/process/task_queues"))).toBe("node");
    expect(sources.of(frame("writev"))).toBe("node");
  });
});
