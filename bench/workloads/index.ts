import type { Workload } from "../workload.ts";
import { fetchObject, smallObjects, transfer } from "./data.ts";
import { chain, fan, fft, independent, layered } from "./graphs.ts";
import { clusterStart, commandStart, roundTrip } from "./latency.ts";
import { plugin } from "./plugin.ts";
import { runTrue } from "./programs.ts";
import { python } from "./python.ts";

const GiB = 1 << 30;

/** All workloads, by their name on the command line. */
export const WORKLOADS: Record<string, Workload> = {
  "independent-1k": independent(1_000),
  "independent-10k": independent(10_000),
  "independent-100k": independent(100_000),
  "independent-1m": independent(1_000_000),
  ...Object.fromEntries([8, 9, 10, 11, 12, 13, 14, 15, 16].map((levels) => [`fft${levels}`, fft(levels)])),
  "fft10-64": fft(10, 64),
  layered: layered(256, 64),
  chain: chain(2_000),
  fan: fan(10_000),
  python: python(10_000),
  plugin: plugin(50_000),
  run: runTrue(2_000),
  transfer: transfer(GiB, "linked"),
  "transfer-streamed": transfer(GiB, "streamed"),
  "small-objects": smallObjects(100_000, 100),
  fetch: fetchObject(GiB, "same host"),
  "fetch-streamed": fetchObject(GiB, "streamed"),
  "round-trip": roundTrip(500),
  version: commandStart("--version"),
  start: clusterStart(),
};
