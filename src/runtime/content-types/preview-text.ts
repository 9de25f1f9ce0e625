import { TextDecoder } from "node:util";
import { decodeText } from "./built-in/text.ts";

const LINES = 20;
const LINE_LENGTH = 160;
const HEX_BYTES = 256;
const BYTES_A_LINE = 16;

/** The first lines of a text, shortened, and the number of further lines. Ends with a line break. */
export function head(text: string): string {
  const lines = text.replace(/\r?\n$/, "").split("\n");
  const shown = lines.slice(0, LINES).map((line) => {
    const characters = line.length > LINE_LENGTH ? [...line.slice(0, 2 * LINE_LENGTH)] : [];
    return characters.length > LINE_LENGTH ? `${characters.slice(0, LINE_LENGTH).join("")}…` : line;
  });
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`… and ${more} more line${more === 1 ? "" : "s"}`);
  return `${shown.join("\n")}\n`;
}

/** The first bytes as hexadecimal digits and characters, 16 on each line, in the format of `hexdump -C`. */
export function hexDump(bytes: Uint8Array, isWhole: boolean): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, HEX_BYTES); at += BYTES_A_LINE) {
    const row = Buffer.from(bytes.subarray(at, at + BYTES_A_LINE));
    const digits = row
      .toString("hex")
      .replace(/(..)/g, "$1 ")
      .padEnd(3 * BYTES_A_LINE);
    const characters = row.toString("latin1").replace(/[^ -~]/g, ".");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${digits} |${characters}|`);
  }
  const more = bytes.length - HEX_BYTES;
  if (!isWhole) lines.push("… and more");
  else if (more > 0) lines.push(`… and ${more} more byte${more === 1 ? "" : "s"}`);
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * Decodes bytes, which may end within a character. `undefined` if they are not text or would disturb a
 * terminal.
 */
export function plainText(bytes: Uint8Array, contentType: string): string | undefined {
  try {
    const text = contentType.startsWith("text-")
      ? decodeText(bytes, contentType)
      : new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // Escape sequences for colours are harmless.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters.
    return /[\0-\x07\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
