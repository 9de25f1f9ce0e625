import { isMap, isNode, isScalar, isSeq } from "yaml";
import { suggest } from "../../plugin/suggest.ts";
import type { ConfigDocument, Location } from "./config-document.ts";

/** Reads the values of a configuration. A value of a wrong type becomes a fault of the document. */
export class ConfigValues {
  readonly #document: ConfigDocument;

  constructor(document: ConfigDocument) {
    this.#document = document;
  }

  entries(node: unknown, what: string, example: string): [key: string, value: unknown, at: Location][] {
    if (isMap(node)) {
      return node.items.map(({ key, value }) => [
        String(isScalar(key) ? key.value : key),
        value,
        isNode(key) ? key : undefined,
      ]);
    }
    this.fault(node, undefined, `${what} must be a map such as \`${example}\``);
    return [];
  }

  words(node: unknown, at: Location): string[] {
    if (isSeq(node)) return node.items.map((item) => this.text(item, at, "an argument"));
    this.fault(node, at, "args must be a list such as [--verbose]");
    return [];
  }

  /** The text of a scalar that must not be empty. */
  text(node: unknown, at: Location, what: string): string {
    const text = isScalar(node) && node.value !== null ? String(node.value) : "";
    if (text === "") this.fault(node, at, `${what} must be a text that is not empty`);
    return text;
  }

  unknownKey(at: Location, key: string, known: readonly string[]): void {
    const nearest = suggest(key, known);
    const help =
      nearest === undefined ? `; the keys are ${known.join(", ")}` : `; did you mean "${nearest}"?`;
    this.fault(at, undefined, `unknown key "${key}"${help}`);
  }

  /** Reports a fault of a value. @param key the location if the value has none */
  fault(value: unknown, key: Location, message: string): void {
    this.#document.fault(isNode(value) ? value : key, message);
  }
}
