import { type Table, Table as Tables } from "apache-arrow";
import fc from "fast-check";
import { table } from "./tables.ts";

type Values = readonly [type: string, value: fc.Arbitrary<unknown>];

const bigint = (bits: bigint, signed: boolean) =>
  signed
    ? fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n })
    : fc.bigInt({ min: 0n, max: 2n ** bits - 1n });

/** Years 0 to 9999. */
const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }).map(BigInt);
const fraction = (perSecond: bigint) => fc.bigInt({ min: 0n, max: perSecond - 1n });
const timestamp = (perSecond: bigint) =>
  fc.tuple(seconds, fraction(perSecond)).map(([whole, part]) => whole * perSecond + part);
const nanoseconds = bigint(64n, true);
const text = fc.string({ unit: "binary" }).filter((value) => !/\p{Surrogate}/u.test(value));
const bytes = fc.uint8Array().map((value) => new Uint8Array(value));

/** Types of single values, with all their possible values. */
export const SCALARS: readonly Values[] = [
  ["int8", fc.integer({ min: -128, max: 127 })],
  ["uint32", fc.nat({ max: 2 ** 32 - 1 })],
  ["int64", bigint(64n, true)],
  ["uint64", bigint(64n, false)],
  ["float32", fc.float()],
  ["float64", fc.double()],
  ["bool", fc.boolean()],
  ["utf8", text],
  ["binary", bytes],
  ["date", fc.integer({ min: -719_528, max: 2_932_896 })],
  ["timestamp[s]", timestamp(1n)],
  ["timestamp[ms, UTC]", timestamp(1000n)],
  ["timestamp[us, Europe/Prague]", timestamp(1_000_000n)],
  ["timestamp[ns]", nanoseconds],
  ["time[s]", fc.nat({ max: 86_399 })],
  ["time[ns]", fc.bigInt({ min: 0n, max: 86_399_999_999_999n })],
  ["duration[ms]", bigint(64n, true)],
  ["decimal(38, 10)", fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
  ["decimal(5, 0)", fc.bigInt({ min: -99_999n, max: 99_999n })],
  ["dictionary", fc.constantFrom("a", "b", "", 'č,"\n')],
  ["dictionary<int64>", fc.constantFrom(1n, 2n, -5n)],
];

const NESTED: readonly Values[] = [
  ["list<int64>", fc.array(fc.option(bigint(64n, true)))],
  ["list<utf8>", fc.array(fc.option(text))],
  ["list<dictionary>", fc.array(fc.option(fc.constantFrom("x", "y")))],
  ["list<list<float64>>", fc.array(fc.option(fc.array(fc.double())))],
];

/** Columns of the same length and of some of these types, with nulls. */
export function tables(types: readonly Values[] = [...SCALARS, ...NESTED]): fc.Arbitrary<Table> {
  const columns = fc
    .nat({ max: 20 })
    .chain((length) =>
      fc.tuple(
        ...types.map(([type, value]) =>
          fc.tuple(fc.constant(type), fc.array(fc.option(value), { minLength: length, maxLength: length })),
        ),
      ),
    );
  return columns.map((list) =>
    table(Object.fromEntries(list.map(([type, values]) => [type, [type, values] as const]))),
  );
}

/** The same rows in several batches. Each batch has its own dictionaries. */
export function batched(parts: readonly Table[]): Table {
  return new Tables(parts[0].schema, parts.flatMap((part) => part.batches) as never);
}
