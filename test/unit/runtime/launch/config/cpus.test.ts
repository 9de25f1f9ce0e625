import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { parseCpus, parseLocalWorkers, reserveCpu } from "../../../../../src/runtime/launch/config/cpus.ts";

describe("parseCpus", () => {
  it("takes a number, all of the machine, or all but some", () => {
    expect(parseCpus("3")).toBe(3);
    expect(parseCpus("detect")).toBe(availableParallelism());
    expect(parseCpus("-1")).toBe(Math.max(1, availableParallelism() - 1));
    expect(parseCpus("-1000")).toBe(1);
  });

  it.each(["0", "1.5", "many", ""])("refuses %j", (text) => {
    expect(() => parseCpus(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("parseLocalWorkers", () => {
  it("takes a list, with or without brackets", () => {
    expect(parseLocalWorkers("[4, 4,2]")).toEqual([4, 4, 2]);
    expect(parseLocalWorkers("1")).toEqual([1]);
  });

  it.each(["", "[]", "[1,0]", "[1,]", "two"])("refuses %j", (text) => {
    expect(() => parseLocalWorkers(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

it("takes the cpu for the server from the first worker", () => {
  expect(reserveCpu([4, 4])).toEqual([3, 4]);
  expect(() => reserveCpu([1, 4])).toThrow(expect.objectContaining({ code: "USAGE" }));
});
