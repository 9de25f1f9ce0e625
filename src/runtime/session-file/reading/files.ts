import { dirname, isAbsolute, join, resolve } from "node:path";
import { RainError } from "../../errors.ts";
import { checkSchema } from "../checking/check-schema.ts";
import type { LocatedFile, Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { documentSchema, NO_TASKS, type SessionDocument } from "../schema/document.ts";
import { parseDocument } from "./parse-document.ts";
import { readSource, type Source } from "./source.ts";

/** A file of a session: the main file, or a file that is included. */
export interface SessionFile extends LocatedFile {
  document: SessionDocument;
  /** Paths of the values and keys that do not follow the schema. */
  faults: Path[];
}

/** The main file first. */
export type SessionFiles = readonly [SessionFile, ...SessionFile[]];

/**
 * Reads a file and the files that it includes, each file once.
 * @returns undefined if the structure of a file is wrong, so that references cannot be resolved; `problems`
 * has the reasons
 */
export function readFiles(main: Source, problems: Problems): SessionFiles | undefined {
  const reader = new FileReader(problems);
  reader.read(main, resolve(main.baseDir, main.name), []);
  const [first, ...included] = reader.files;
  if (first && !reader.hasTasks) {
    problems.file = first;
    problems.error({ path: [], part: "key" }, NO_TASKS);
    return undefined;
  }
  return reader.isReadable && first ? [first, ...included] : undefined;
}

class FileReader {
  readonly files: SessionFile[] = [];
  isReadable = true;
  /** Whether a file has the key `tasks`, or could not be read. */
  hasTasks = false;
  readonly #problems: Problems;
  readonly #seen = new Set<string>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** @param including the absolute paths of the files that include this one, outermost first */
  read(source: Source, absolute: string, including: readonly string[]): void {
    this.#seen.add(absolute);
    this.#problems.file = { source, locate: () => 0 };
    const parsed = parseDocument(source, this.#problems);
    if (!parsed) {
      this.isReadable = false;
      this.hasTasks = true;
      return;
    }
    const file = { source, locate: parsed.locate };
    this.#problems.file = file;
    const faults = checkSchema(documentSchema, parsed.value, this.#problems);
    if (faults.some(([first, ...rest]) => first === undefined || (rest.length === 0 && isSection(first)))) {
      this.isReadable = false;
    }
    const isMap = faults.every(([section]) => section !== undefined);
    const document = parsed.value as SessionDocument;
    if (!isMap || document.tasks !== undefined || faults.some(([section]) => section === "include"))
      this.hasTasks = true;
    const session = { ...file, document, faults };
    this.files.push(session);
    if (faults.some(([section]) => section === "include" || section === undefined)) return;
    document.include?.forEach((path, index) => {
      this.#include(session, path, index, [...including, absolute]);
    });
  }

  #include({ source }: SessionFile, path: string, index: number, including: readonly string[]): void {
    const file = this.#problems.file;
    const fault = (message: string) => {
      this.#problems.file = file;
      this.#problems.error({ path: ["include", index], part: "value" }, message);
    };
    const absolute = resolve(source.baseDir, path);
    const name = isAbsolute(path) ? path : join(dirname(source.name), path);
    const circle = including.indexOf(absolute);
    if (circle >= 0) {
      fault(
        circle === including.length - 1
          ? "a file cannot include itself"
          : `${path} includes this file in turn`,
      );
    } else if (!this.#seen.has(absolute)) {
      try {
        const { text, syntax } = readSource(absolute);
        this.read({ text, syntax, name, baseDir: dirname(absolute) }, absolute, including);
      } catch (error) {
        if (!(error instanceof RainError)) throw error;
        this.hasTasks = true;
        fault(error.message.replace(absolute, name));
      }
    }
    this.#problems.file = file;
  }
}

/** Whether references cannot be resolved without this section. */
function isSection(key: string | number): boolean {
  return key === "objects" || key === "tasks";
}
