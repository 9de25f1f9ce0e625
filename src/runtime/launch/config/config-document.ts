import { parse as parseToml, TomlError } from "smol-toml";
import { Document, isNode, LineCounter, type Node, parseDocument } from "yaml";

/** The location of a value in a file. TOML has none: its parser keeps no positions. */
export type Location = Node | readonly [offset: number, ...unknown[]] | null | undefined;

export interface Fault {
  line?: number;
  column?: number;
  message: string;
}

/** A configuration in YAML or TOML as YAML nodes, with its faults. */
export class ConfigDocument {
  /** `null` for an empty file. */
  readonly contents: Node | null;
  readonly faults: Fault[] = [];
  readonly #lines: LineCounter | undefined;

  /** Reads TOML if the name of the file ends in `.toml`, else YAML. */
  constructor(text: string, file: string) {
    if (file.endsWith(".toml")) {
      this.contents = this.#readToml(text);
      return;
    }
    this.#lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { pos, message } of document.errors) this.fault(pos, message);
    this.contents = document.contents;
  }

  fault(at: Location, message: string): void {
    if (this.#lines === undefined) {
      this.faults.push({ message });
      return;
    }
    const offset = at && "range" in at ? at.range?.[0] : Array.isArray(at) ? at[0] : 0;
    const { line, col } = this.#lines.linePos(offset ?? 0);
    this.faults.push({ line: Math.max(line, 1), column: Math.max(col, 1), message });
  }

  #readToml(text: string): Node | null {
    try {
      const { contents } = new Document(parseToml(text));
      return isNode(contents) ? contents : null;
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const [message = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
      this.faults.push({ line: error.line, column: error.column, message });
      return null;
    }
  }
}
