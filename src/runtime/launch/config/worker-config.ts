import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isMap, isScalar, isSeq } from "yaml";
import { messageOf, RainError } from "../../errors.ts";
import type { ExecutorCommand } from "../../plugin/contract/index.ts";
import { resolveCommand } from "../../plugin/loading/executor-command.ts";
import { DURATION, parseDuration, parseSize, SIZE } from "../../units.ts";
import { commandWords } from "./command-words.ts";
import { ConfigDocument, type Location } from "./config-document.ts";
import { ConfigValues } from "./config-values.ts";

/** The content of a worker configuration file. */
export interface WorkerConfig {
  cpus?: number;
  /** Bytes. */
  memory?: number;
  /** The unit numbers of each named resource. */
  resources?: Record<string, number[]>;
  labels?: Record<string, string>;
  /** Milliseconds between the request to stop and the kill of a program or executor. */
  graceMs?: number;
  /** Programs by the prefix of the task types they run, such as `mine` for `mine/…`. Paths are absolute. */
  executors?: Record<string, ExecutorCommand>;
}

/** Limit for the units of a resource, which no machine reaches. */
const MAX_UNITS = 65_536;

const EXECUTOR_NAME = /^[A-Za-z][\w-]*$/;

/**
 * Reads YAML, or TOML if the name of the file ends in `.toml`.
 * @throws INVALID_FILE with all faults and their positions
 */
export async function readWorkerConfig(path: string): Promise<WorkerConfig> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new RainError("INVALID_FILE", `cannot read the worker configuration ${path}: ${messageOf(error)}`, {
      hint: "Check the path.",
    });
  });
  return parseWorkerConfig(text, path);
}

/** @param file names the text in messages @throws INVALID_FILE */
export function parseWorkerConfig(text: string, file: string): WorkerConfig {
  return new WorkerConfigReader(text, file).read();
}

/** Reads the keys of a worker configuration. After a fault the returned value does not matter, since reading fails. */
class WorkerConfigReader {
  readonly #file: string;
  readonly #document: ConfigDocument;
  readonly #values: ConfigValues;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = new ConfigDocument(text, file);
    this.#values = new ConfigValues(this.#document);
  }

  read(): WorkerConfig {
    const { contents, faults } = this.#document;
    const config: WorkerConfig = {};
    if (faults.length === 0 && contents !== null) {
      const readers = new Map<string, (value: unknown) => void>([
        ["cpus", (value) => (config.cpus = this.#cpus(value))],
        ["memory", (value) => (config.memory = this.#memory(value))],
        ["resources", (value) => (config.resources = this.#resources(value))],
        ["labels", (value) => (config.labels = this.#labels(value))],
        ["grace", (value) => (config.graceMs = this.#grace(value))],
        ["executors", (value) => (config.executors = this.#executors(value))],
      ]);
      for (const [key, value, at] of this.#values.entries(contents, "a worker configuration", "cpus: 4")) {
        const read = readers.get(key);
        if (read) read(value);
        else this.#values.unknownKey(at, key, [...readers.keys()]);
      }
    }
    if (faults.length > 0) throw this.#failure();
    return config;
  }

  #cpus(node: unknown): number {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    this.#values.fault(node, undefined, "cpus must be a number above 0");
    return 0;
  }

  #memory(node: unknown): number {
    const text = isScalar(node) ? String(node.value) : "";
    if (SIZE.test(text)) return parseSize(text);
    this.#values.fault(node, undefined, "memory must be a size such as 8GiB, 500MB or a number of bytes");
    return 0;
  }

  #grace(node: unknown): number {
    const text = isScalar(node) ? String(node.value) : "";
    if (DURATION.test(text)) return parseDuration(text) * 1000;
    this.#values.fault(node, undefined, "grace must be a duration such as 500ms, 10s or a number of seconds");
    return 0;
  }

  #resources(node: unknown): Record<string, number[]> {
    const resources: Record<string, number[]> = {};
    for (const [name, value, at] of this.#values.entries(node, "resources", "gpu: 2")) {
      if (name === "cpus" || name === "memory") {
        this.#values.fault(at, undefined, `put ${name} beside resources, not in it`);
      } else {
        resources[name] = this.#units(value, name);
      }
    }
    return resources;
  }

  /** A count `n` means the units 0 to `n - 1`. */
  #units(node: unknown, name: string): number[] {
    if (isScalar(node) && isUnit(node.value)) return Array.from({ length: node.value }, (_, i) => i);
    const units = isSeq(node) ? node.items.map((item) => (isScalar(item) ? item.value : undefined)) : [];
    if (isSeq(node) && units.every(isUnit) && new Set(units).size === units.length) return units;
    this.#values.fault(
      node,
      undefined,
      `${name} must be a whole number, or a list of different ones such as [0, 1]`,
    );
    return [];
  }

  #labels(node: unknown): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [name, value, at] of this.#values.entries(node, "labels", "zone: eu")) {
      if (isScalar(value) && value.value !== null) labels[name] = String(value.value);
      else this.#values.fault(value, at, `the label ${name} must be text`);
    }
    return labels;
  }

  #executors(node: unknown): Record<string, ExecutorCommand> {
    const executors: Record<string, ExecutorCommand> = {};
    for (const [name, value, at] of this.#values.entries(node, "executors", "mine: { command: /opt/mine }")) {
      if (!EXECUTOR_NAME.test(name) || name === "builtin") {
        this.#values.fault(
          at,
          undefined,
          `an executor cannot be called "${name}"; its name begins its task types, as in mine/method`,
        );
      } else {
        executors[name] = resolveCommand(this.#command(value, at), dirname(resolve(this.#file)));
      }
    }
    return executors;
  }

  #command(node: unknown, at: Location): ExecutorCommand {
    let words: string[] = [];
    let args: string[] = [];
    const env: Record<string, string> = {};
    for (const [key, value, place] of this.#values.entries(node, "an executor", "command: /opt/mine")) {
      if (key === "command") words = this.#commandWords(value, place);
      else if (key === "args") args = this.#values.words(value, place);
      else if (key === "env") {
        for (const [name, text, here] of this.#values.entries(value, "env", "LANG: C")) {
          env[name] = this.#values.text(text, here, name);
        }
      } else this.#values.unknownKey(place, key, ["command", "args", "env"]);
    }
    if (isMap(node) && !node.has("command"))
      this.#values.fault(at, undefined, "the command of the executor is missing");
    const [command = "", ...first] = words;
    return { command, args: [...first, ...args], env };
  }

  /** The program, and its first arguments if there are any. */
  #commandWords(node: unknown, at: Location): string[] {
    const text = this.#values.text(node, at, "command");
    try {
      const words = commandWords(text);
      if (words[0] === "") this.#values.fault(node, at, "command must begin with a program");
      return words;
    } catch (error) {
      this.#values.fault(node, at, `command: ${messageOf(error)}`);
      return [];
    }
  }

  #failure(): RainError {
    const { faults } = this.#document;
    const lines = faults.map(({ line, column, message }) =>
      [this.#file, line, column, ` ${message}`].filter((part) => part !== undefined).join(":"),
    );
    return new RainError("INVALID_FILE", lines.join("\n"), {
      hint: "Correct the worker configuration.",
      details: { file: this.#file, errors: faults },
    });
  }
}

function isUnit(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_UNITS;
}
