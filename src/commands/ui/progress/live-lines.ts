import { displayWidth } from "../terminal/width.ts";

const UP = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : "");
const CLEAR_BELOW = "\r\x1b[J";

/** A terminal, or what stands for one in tests. */
export interface Screen {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Lines at the end of a terminal that are drawn again and again. */
export class LiveLines {
  readonly #screen: Screen;
  #drawn: string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Replaces the lines. Each must be shorter than the terminal is wide. */
  draw(lines: readonly string[]): void {
    this.#screen.write(`${this.#erasure()}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = [...lines];
  }

  /** Prints text above the lines. */
  print(text: string): void {
    const lines = this.#drawn;
    this.#screen.write(`${this.#erasure()}${text}\n`);
    this.#drawn = [];
    this.draw(lines);
  }

  /** Leaves the lines as they are. */
  leave(): void {
    this.#drawn = [];
  }

  /** A terminal that has become narrower has wrapped the lines. */
  #erasure(): string {
    if (this.#drawn.length === 0) return "";
    const columns = this.#screen.columns ?? Number.POSITIVE_INFINITY;
    const rows = this.#drawn.map((line) => Math.max(1, Math.ceil(displayWidth(line) / columns)));
    return `${UP(rows.reduce((sum, row) => sum + row, 0))}${CLEAR_BELOW}`;
  }
}
