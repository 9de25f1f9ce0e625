import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import { messageOf, RainError } from "../../errors.ts";
import type { ExecutorCommand } from "../../plugin/contract/index.ts";
import { resolveCommand } from "../../plugin/loading/executor-command.ts";
import { suggest } from "../../plugin/suggest.ts";
import { parseSize, SIZE } from "../../units.ts";
import { ConfigDocument, type Location } from "./config-document.ts";

/** The content of a worker configuration file. */
export interface WorkerConfig {
  cpus?: number;
  /** Bytes. */
  memory?: number;
  /** The unit numbers of each named resource. */
  resources?: Record<string, number[]>;
  labels?: Record<string, string>;
  /** Programs by the prefix of the task types they run, such as `mine` for `mine/…`. Paths are absolute. */
  executors?: Record<string, ExecutorCommand>;
}

/** Limit for the units of a resource, which no machine reaches. */
const MOST_UNITS = 65_536;

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
  return new ConfigReader(text, file).read();
}

class ConfigReader {
  readonly #file: string;
  readonly #document: ConfigDocument;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = new ConfigDocument(text, file);
  }

  read(): WorkerConfig {
    const { contents, faults } = this.#document;
    const config: WorkerConfig = {};
    if (faults.length === 0 && contents !== null) {
      const readers: Record<string, (value: unknown) => void> = {
        cpus: (value) => (config.cpus = this.#cpus(value)),
        memory: (value) => (config.memory = this.#memory(value)),
        resources: (value) => (config.resources = this.#resources(value)),
        labels: (value) => (config.labels = this.#labels(value)),
        executors: (value) => (config.executors = this.#executors(value)),
      };
      for (const [key, value, at] of this.#entries(contents, "a worker configuration", "cpus: 4")) {
        if (Object.hasOwn(readers, key)) readers[key](value);
        else this.#unknownKey(at, key, Object.keys(readers));
      }
    }
    if (faults.length > 0) throw this.#failure();
    return config;
  }

  #entries(node: unknown, what: string, example: string): [key: string, value: unknown, at: Location][] {
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
        this.#error(at, `put ${name} beside resources, not in it`);
      } else {
        resources[name] = this.#units(value, name);
      }
    }
    return resources;
  }

  /** A count `n` means the units 0 to `n - 1`. */
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

  #executors(node: unknown): Record<string, ExecutorCommand> {
    const executors: Record<string, ExecutorCommand> = {};
    for (const [name, value, at] of this.#entries(node, "executors", "mine: { command: /opt/mine }")) {
      if (!EXECUTOR_NAME.test(name) || name === "builtin") {
        this.#error(
          at,
          `an executor cannot be called "${name}"; its name begins its task types, as in mine/method`,
        );
      } else {
        executors[name] = resolveCommand(this.#command(value, at), dirname(resolve(this.#file)));
      }
    }
    return executors;
  }

  #command(node: unknown, at: Location): ExecutorCommand {
    const executor = { command: "", args: [] as string[], env: {} as Record<string, string> };
    for (const [key, value, place] of this.#entries(node, "an executor", "command: /opt/mine")) {
      if (key === "command") executor.command = this.#text(value, place, "command");
      else if (key === "args") executor.args = this.#words(value, place);
      else if (key === "env") {
        for (const [name, text, here] of this.#entries(value, "env", "LANG: C")) {
          executor.env[name] = this.#text(text, here, name);
        }
      } else this.#unknownKey(place, key, Object.keys(executor));
    }
    if (isMap(node) && !node.has("command")) this.#error(at, "the command of the executor is missing");
    return executor;
  }

  #words(node: unknown, at: Location): string[] {
    if (isSeq(node)) return node.items.map((item) => this.#text(item, at, "an argument"));
    this.#error((node as Node) ?? at, "args is a list such as [--verbose]");
    return [];
  }

  /** The text of a scalar that must not be empty. */
  #text(node: unknown, at: Location, what: string): string {
    const text = isScalar(node) && node.value !== null ? String(node.value) : "";
    if (text === "") this.#error((node as Node) ?? at, `${what} must be a text that is not empty`);
    return text;
  }

  #unknownKey(at: Location, key: string, known: string[]): void {
    const nearest = suggest(key, known);
    const help =
      nearest === undefined ? `; the keys are ${known.join(", ")}` : `; did you mean "${nearest}"?`;
    this.#error(at, `unknown key "${key}"${help}`);
  }

  #error(at: Location, message: string): void {
    this.#document.fault(at, message);
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
