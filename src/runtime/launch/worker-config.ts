import { readFile } from "node:fs/promises";
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { messageOf, RainError } from "../errors.ts";
import { suggest } from "../plugin/suggest.ts";
import { parseSize, SIZE } from "../units.ts";

/** What a worker configuration file says. */
export interface WorkerConfig {
  cpus?: number;
  /** Bytes. */
  memory?: number;
  /** The numbers of the units of each named resource. */
  resources?: Record<string, number[]>;
  labels?: Record<string, string>;
}

/** More units of a resource than any machine has. */
const MOST_UNITS = 65_536;

/** @throws INVALID_FILE with everything that is wrong, each with its position */
export async function readWorkerConfig(path: string): Promise<WorkerConfig> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new RainError("INVALID_FILE", `cannot read the worker configuration ${path}: ${messageOf(error)}`, {
      hint: "Check the path.",
    });
  });
  return parseWorkerConfig(text, path);
}

/** `file` stands for the text in messages. @throws INVALID_FILE */
export function parseWorkerConfig(text: string, file: string): WorkerConfig {
  return new ConfigReader(text, file).read();
}

type Position = Node | readonly [number, ...unknown[]] | null | undefined;

class ConfigReader {
  readonly #text: string;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #errors: { line: number; column: number; message: string }[] = [];

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): WorkerConfig {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { pos, message } of document.errors) this.#error(pos, message);
    const config: WorkerConfig = {};
    if (this.#errors.length === 0 && document.contents !== null) {
      const readers: Record<string, (value: unknown) => void> = {
        cpus: (value) => (config.cpus = this.#cpus(value)),
        memory: (value) => (config.memory = this.#memory(value)),
        resources: (value) => (config.resources = this.#resources(value)),
        labels: (value) => (config.labels = this.#labels(value)),
      };
      for (const [key, value, at] of this.#entries(document.contents, "a worker configuration", "cpus: 4")) {
        if (Object.hasOwn(readers, key)) readers[key](value);
        else this.#unknownKey(at, key, Object.keys(readers));
      }
    }
    if (this.#errors.length > 0) throw this.#failure();
    return config;
  }

  #entries(node: unknown, what: string, example: string): [key: string, value: unknown, at: Position][] {
    if (!isMap(node)) {
      this.#error(node as Node, `${what} is a map such as \`${example}\``);
      return [];
    }
    return (node as YAMLMap<Scalar, unknown>).items.map(({ key, value }) => [String(key.value), value, key]);
  }

  #cpus(node: unknown): number | undefined {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    this.#error(node as Node, "cpus must be a number above 0");
    return undefined;
  }

  #memory(node: unknown): number | undefined {
    const text = isScalar(node) ? String(node.value) : "";
    if (SIZE.test(text)) return parseSize(text);
    this.#error(node as Node, "memory must be a size such as 8GiB, 500MB or a number of bytes");
    return undefined;
  }

  #resources(node: unknown): Record<string, number[]> {
    const resources: Record<string, number[]> = {};
    for (const [name, value, at] of this.#entries(node, "resources", "gpu: 2")) {
      if (name === "cpus" || name === "memory") {
        this.#error(at, `${name} stands beside resources, not in it`);
      } else {
        resources[name] = this.#units(value, name);
      }
    }
    return resources;
  }

  /** A count of `n` are the units 0 to `n - 1`. */
  #units(node: unknown, name: string): number[] {
    const isCount = (value: unknown) =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_UNITS;
    if (isScalar(node) && isCount(node.value)) return Array.from({ length: Number(node.value) }, (_, i) => i);
    const units = isSeq(node) ? node.items.map((item) => (isScalar(item) ? item.value : undefined)) : [];
    if (isSeq(node) && units.every(isCount) && new Set(units).size === units.length) return units as number[];
    this.#error(node as Node, `${name} must be a whole number, or a list of different ones such as [0, 1]`);
    return [];
  }

  #labels(node: unknown): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [name, value, at] of this.#entries(node, "labels", "zone: eu")) {
      if (isScalar(value) && value.value !== null) labels[name] = String(value.value);
      else this.#error((value as Node) ?? at, `the label ${name} must be text`);
    }
    return labels;
  }

  #unknownKey(at: Position, key: string, known: string[]): void {
    const nearest = suggest(key, known);
    const help =
      nearest === undefined ? `; the keys are ${known.join(", ")}` : `; did you mean "${nearest}"?`;
    this.#error(at, `unknown key "${key}"${help}`);
  }

  #error(at: Position, message: string): void {
    const offset = at && "range" in at ? at.range?.[0] : Array.isArray(at) ? at[0] : 0;
    const { line, col } = this.#lines.linePos(offset ?? 0);
    this.#errors.push({ line: Math.max(line, 1), column: Math.max(col, 1), message });
  }

  #failure(): RainError {
    const lines = this.#errors.map(
      ({ line, column, message }) => `${this.#file}:${line}:${column}: ${message}`,
    );
    return new RainError("INVALID_FILE", lines.join("\n"), {
      hint: "Correct the worker configuration.",
      details: { file: this.#file, errors: this.#errors },
    });
  }
}
