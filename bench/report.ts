import { median, rate, type Sample, type Unit } from "./sample.ts";
import type { PeerName } from "./workload.ts";

/** The counted runs of one workload. */
export interface Outcome {
  name: string;
  title: string;
  unit: Unit;
  rain: Sample[];
  peers: Partial<Record<PeerName, Sample[]>>;
}

/** Renders a Markdown table with medians and the speed of Rain as a multiple of each peer's speed. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const lines = ["| workload | Rain | peers | Rain is | figures |", "|---|---|---|---|---|"];
  for (const { title, unit, rain, peers } of outcomes) {
    const own = median(rain.map(rate));
    const others = Object.entries(peers).map(([peer, samples]) => ({
      peer,
      rate: median(samples.map(rate)),
    }));
    lines.push(
      `| ${[
        title,
        formatRate(own, unit),
        others.map((other) => `${other.peer} ${formatRate(other.rate, unit)}`).join("<br>"),
        others.map((other) => `${digits(own / other.rate)} × ${other.peer}`).join("<br>"),
        figuresOf(rain),
      ].join(" | ")} |`,
    );
  }
  return lines.join("\n");
}

function formatRate(perSecond: number, unit: Unit): string {
  if (unit === "byte") return `${digits(perSecond / 1e6)} MB/s`;
  if (unit === "run") return `${digits(1000 / perSecond)} ms`;
  return `${digits(perSecond)} tasks/s (${digits(1e6 / perSecond)} µs)`;
}

function figuresOf(samples: readonly Sample[]): string {
  const names = Object.keys(samples[0]?.figures ?? {});
  return names
    .map((name) => `${name} ${digits(median(samples.map((s) => s.figures?.[name] ?? 0)))}`)
    .join(", ");
}

/** Formats a number with three significant digits, or as a whole number from 100 on. */
function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
