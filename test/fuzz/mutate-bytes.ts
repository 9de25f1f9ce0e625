import type { Random } from "./random.ts";

const LENGTHS = [
  0, 1, 2, 0x17, 0x18, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

type Mutation = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer;

function flipBit(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  if (bytes.length === 0) return flipped;
  const at = random.below(bytes.length);
  flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << random.below(8)), at);
  return flipped;
}

function setByte(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  if (bytes.length > 0)
    changed[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  return changed;
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return Buffer.from(bytes.subarray(0, random.below(bytes.length + 1)));
}

function insert(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)]);
}

function partOf(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  return [start, start + random.below(Math.min(bytes.length - start, 64) + 1)];
}

function remove(bytes: Buffer, random: Random): Buffer {
  const [start, end] = partOf(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function repeat(bytes: Buffer, random: Random): Buffer {
  const [start, end] = partOf(bytes, random);
  const times = 1 + random.below(8);
  const copies = Array.from({ length: times }, () => bytes.subarray(start, end));
  return Buffer.concat([bytes.subarray(0, end), ...copies, bytes.subarray(end)]);
}

function splice(bytes: Buffer, random: Random, other: Uint8Array): Buffer {
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
}

/** Changes bytes that may be a length or a count. */
function changeLength(bytes: Buffer, random: Random): Buffer {
  const width = random.pick([1, 2, 4]);
  if (bytes.length < width) return bytes;
  const changed = Buffer.from(bytes);
  const at = random.below(bytes.length - width + 1);
  const length = random.pick(LENGTHS) % 256 ** width;
  if (random.oneIn(2)) changed.writeUIntBE(length, at, width);
  else changed.writeUIntLE(length, at, width);
  return changed;
}

const MUTATIONS: Mutation[] = [flipBit, setByte, truncate, insert, remove, repeat, splice, changeLength];

/** Makes one to three changes without regard to the meaning of the bytes. @param other a valid input to splice with */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array = bytes): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(3); left > 0; left--)
    mutated = random.pick(MUTATIONS)(mutated, random, other);
  return mutated;
}
