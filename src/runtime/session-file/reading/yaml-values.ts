import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from "yaml";
import type { Location } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { isMap as isPlainMap, MAX_DEPTH } from "./plain-values.ts";
import { explainLostDigits, losesDigits, noteWritten, writtenAt } from "./written-numbers.ts";

/** Far more values than the largest file can have without aliases that repeat each other. */
const MAX_VALUES = 10_000_000;

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

/** The value of an anchor. */
interface Anchored {
  node: ParsedNode;
  value: unknown;
  /** Number of values in it, including itself; `undefined` while it is read and cannot be used yet. */
  size: number | undefined;
  /** Depth of its deepest value. */
  height: number;
}

/**
 * Turns the nodes of a YAML document into plain values, and locates them. Values that an alias repeats are
 * shared.
 */
export class YamlValues {
  readonly #problems: Problems;
  readonly #anchors = new Map<string, Anchored>();
  readonly #targets = new Map<Alias.Parsed, ParsedNode>();
  readonly #pairs = new Map<YAMLMap.Parsed, Map<string, ParsedPair>>();
  #size = 0;
  #deepest = 0;
  #bounded = true;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  of(node: ParsedNode | null | undefined, depth = 0): unknown {
    if (!node) return null;
    if (isAlias(node)) return this.#aliased(node, depth);
    this.#size++;
    this.#deepest = Math.max(this.#deepest, depth);
    return node.anchor ? this.#anchored(node, node.anchor, depth) : this.#plain(node, depth);
  }

  #plain(node: ParsedNode, depth: number): unknown {
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) {
      const list = node.items.map((item) => this.of(item, depth + 1));
      for (const [index, item] of node.items.entries()) this.#noteNumber(list, index, item);
      return list;
    }
    if (!isScalar(node)) return null;
    const { value, source } = node;
    if (typeof value === "number" && losesDigits(value, source)) {
      this.#problems.error(at(node), explainLostDigits(value, source));
    }
    return value;
  }

  #anchored(node: ParsedNode, anchor: string, depth: number): unknown {
    const anchored: Anchored = { node, value: undefined, size: undefined, height: 0 };
    this.#anchors.set(anchor, anchored);
    const sizeBefore = this.#size;
    const deepestBefore = this.#deepest;
    this.#deepest = depth;
    anchored.value = this.#plain(node, depth);
    anchored.size = this.#size - sizeBefore + 1;
    anchored.height = this.#deepest - depth;
    this.#deepest = Math.max(this.#deepest, deepestBefore);
    return anchored.value;
  }

  #aliased(alias: Alias.Parsed, depth: number): unknown {
    const anchored = this.#anchors.get(alias.source);
    if (!anchored) {
      const suggestion = this.#problems.nearest(alias.source, this.#anchors.keys());
      this.#problems.error(at(alias), `there is no anchor "${alias.source}" above`, { suggestion });
      return null;
    }
    if (anchored.size === undefined) {
      this.#problems.error(at(alias), `the alias "${alias.source}" is inside the value that it repeats`);
      return null;
    }
    this.#size += anchored.size;
    this.#deepest = Math.max(this.#deepest, depth + anchored.height);
    if (this.#size > MAX_VALUES || this.#deepest > MAX_DEPTH) {
      if (this.#bounded) {
        const limits = `more than ${MAX_VALUES} values, or values more than ${MAX_DEPTH} deep`;
        this.#problems.error(at(alias), `aliases repeat too much: up to here there are ${limits}`);
      }
      this.#bounded = false;
      return null;
    }
    this.#targets.set(alias, anchored.node);
    return anchored.value;
  }

  #map(node: YAMLMap.Parsed, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const merged: Record<string, unknown>[] = [];
    for (const { key, value } of node.items) {
      const name = String(this.of(key));
      if (value && isMergeKey(key)) merged.push(...this.#merged(value, depth));
      else if (Object.hasOwn(map, name)) {
        this.#problems.error(at(key), `duplicate key ${JSON.stringify(name)}`);
      } else if (name === "__proto__") {
        this.#problems.error(at(key), `"__proto__" cannot be used as a key`);
      } else {
        map[name] = this.of(value, depth + 1);
        this.#noteNumber(map, name, value);
      }
    }
    // Keys of the map itself win; among merged maps, the first one wins.
    return merged.length === 0 ? map : mergedMaps([...merged.reverse(), map]);
  }

  #noteNumber(container: object, key: string | number, node: ParsedNode | null): void {
    const target = isAlias(node) ? this.#targets.get(node) : node;
    if (isScalar(target) && typeof target.value === "number") {
      noteWritten(container, key, target.value, target.source ?? "");
    }
  }

  /** The maps of a merge key, `<<: *anchor` or `<<: [*one, *other]`. */
  #merged(node: ParsedNode, depth: number): Record<string, unknown>[] {
    const parts = isSeq(node) ? node.items : [node];
    return parts.flatMap((part) => {
      const before = this.#problems.count;
      const value = this.of(part, depth + 1);
      if (isPlainMap(value)) return [value];
      if (this.#problems.count > before) return [];
      this.#problems.error(at(part), '"<<" must name the maps to merge; write "<<: *anchor"');
      return [];
    });
  }

  /** See `Document.locate`. */
  locate(root: ParsedNode | null, { path, part }: Location): number {
    let node: ParsedNode | null | undefined = root;
    let span = { key: start(root), value: start(root) };
    for (const step of path) {
      const container: ParsedNode | null | undefined = isAlias(node) ? this.#targets.get(node) : node;
      if (isMap(container)) {
        const pair = this.#pairsOf(container).get(String(step));
        if (!pair) return span.key;
        node = pair.value;
        span = { key: start(pair.key), value: start(node ?? pair.key) };
      } else if (isSeq(container) && typeof step === "number" && container.items[step]) {
        node = container.items[step];
        span = { key: start(node), value: start(node) };
      } else return span.key;
    }
    return span[part];
  }

  #pairsOf(map: YAMLMap.Parsed): Map<string, ParsedPair> {
    let pairs = this.#pairs.get(map);
    if (!pairs) {
      pairs = new Map();
      for (const pair of map.items) {
        if (pair.value && isMergeKey(pair.key)) this.#addMergedPairs(pair.value, pairs);
      }
      for (const pair of map.items) pairs.set(String((pair.key as { value?: unknown }).value), pair);
      this.#pairs.set(map, pairs);
    }
    return pairs;
  }

  #addMergedPairs(node: ParsedNode, pairs: Map<string, ParsedPair>): void {
    const parts = isSeq(node) ? node.items.toReversed() : [node];
    for (const part of parts) {
      const target = isAlias(part) ? this.#targets.get(part) : part;
      if (!isMap(target)) continue;
      for (const [name, pair] of this.#pairsOf(target)) pairs.set(name, pair);
    }
  }
}

/** Later maps win. */
function mergedMaps(maps: readonly Record<string, unknown>[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const map of maps) {
    for (const [key, value] of Object.entries(map)) {
      merged[key] = value;
      if (typeof value === "number") noteWritten(merged, key, value, writtenAt(map, key) ?? String(value));
    }
  }
  return merged;
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function at(node: ParsedNode): { offset: number } {
  return { offset: start(node) };
}

function start(node: ParsedNode | null): number {
  return node?.range?.[0] ?? 0;
}
