import type { Random } from "./random.ts";

/** The maximum number of places of a large value that can change. */
const MOST_PLACES = 2000;

type Container = unknown[] | Record<string, unknown>;
interface Place {
  container: Container;
  key: string | number;
}

const NUMBERS = [
  0,
  1,
  -1,
  -0,
  0.5,
  Number.NaN,
  Infinity,
  -Infinity,
  255,
  256,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  1e308,
];
const TEXTS = [
  "",
  "x",
  "__proto__",
  "constructor",
  "toString",
  "..",
  "../../x",
  "/",
  "\0",
  "a\\b",
  "é\ud800",
  "0",
  "%zz",
  "x".repeat(5000),
];

/** Makes a value to replace another one. */
function strange(random: Random): unknown {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.pick(NUMBERS);
    case 2:
      return random.pick(TEXTS);
    case 3:
      return random.pick([null, undefined, true, false]);
    case 4:
      return random.pick([[], {}, [[]], [null], { a: 1 }]);
    case 5:
      return random.bytes(random.below(9));
    case 6:
      return random.pick([
        Uint32Array.of(0, 2 ** 32 - 1),
        Float64Array.of(Number.NaN, -1),
        Float32Array.of(Infinity),
        new Uint32Array(0),
        BigUint64Array.of(2n ** 64n - 1n),
      ]);
    default: {
      let nested: unknown = 1;
      for (let depth = random.pick([3, 100, 127, 128, 129, 300]); depth > 0; depth--) nested = [nested];
      return nested;
    }
  }
}

/** Finds the places in lists and maps, but not in typed arrays. */
function placesOf(root: Container): Place[] {
  const places: Place[] = [];
  const left: Container[] = [root];
  for (let container = left.pop(); container && places.length < MOST_PLACES; container = left.pop()) {
    const keys = Array.isArray(container) ? container.keys() : Object.keys(container);
    for (const key of keys) {
      places.push({ container, key });
      const value = (container as Record<string | number, unknown>)[key];
      if (isContainer(value)) left.push(value);
    }
  }
  return places;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

type Column = Uint32Array | Float64Array;

/** Changes, adds or removes an element, or removes all. */
function changeColumn(random: Random, column: Column): Column {
  const Type = column.constructor as unknown as { from(values: Iterable<number>): Column };
  const values = [...column];
  const at = random.below(values.length + 1);
  switch (random.below(5)) {
    case 0:
      values.splice(at, 1);
      break;
    case 1:
      values.splice(at, 0, values[at] ?? 0);
      break;
    case 2:
      values.length = 0;
      break;
    case 3:
      values[at] = (values[at] ?? 0) + random.pick([-1, 1]);
      break;
    default:
      values[at] = random.pick(NUMBERS);
  }
  return Type.from(values);
}

function changeText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(TEXTS) + text.slice(at + random.below(2));
}

function changed(random: Random, value: unknown): unknown {
  if (random.oneIn(3) || value instanceof BigUint64Array) return strange(random);
  if (value instanceof Uint8Array) return random.bytes(random.below(value.length + 2));
  if (ArrayBuffer.isView(value)) return changeColumn(random, value as Column);
  if (typeof value === "number") return random.oneIn(2) ? value + random.pick([-1, 1]) : random.pick(NUMBERS);
  if (typeof value === "string") return changeText(random, value);
  return strange(random);
}

/** Sets a key, even one such as `__proto__`. */
function addKey(container: Container, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function changeAt(random: Random, { container, key }: Place, places: readonly Place[]): void {
  const map = container as Record<string | number, unknown>;
  const other = random.pick(places);
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete container[key];
      break;
    case 1:
      if (Array.isArray(container)) container.splice(Number(key), 0, structuredClone(container[Number(key)]));
      else addKey(container, random.pick(TEXTS), structuredClone(container[key]));
      break;
    case 2:
      map[key] = structuredClone((other.container as typeof map)[other.key]);
      break;
    default:
      map[key] = changed(random, map[key]);
  }
}

/** Copies a value with one to three changes: other types, values out of range, duplicated or missing parts. */
export function mutateValue<Value extends Container>(random: Random, value: Value): Value {
  const copy = structuredClone(value);
  for (let left = 1 + random.below(3); left > 0; left--) {
    const places = placesOf(copy);
    if (places.length === 0) return copy;
    changeAt(random, random.pick(places), places);
  }
  return copy;
}
