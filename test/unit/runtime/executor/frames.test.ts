import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, frameOf, MAX_FRAME_BYTES } from "../../../../src/runtime/executor/frames.ts";

/** The bytes in pieces that end at these places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const header = (length: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
};

describe("frames", () => {
  it("are a length in 4 bytes, little endian, and the content", () => {
    expect([...frameOf(Uint8Array.of(7, 8, 9))]).toEqual([3, 0, 0, 0, 7, 8, 9]);
    expect([...frameOf(new Uint8Array(258)).subarray(0, 4)]).toEqual([2, 1, 0, 0]);
  });

  it("come out as they went in, however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (contents, cuts) => {
          const reader = new FrameReader();
          const stream = Buffer.concat(contents.map(frameOf));
          const read = pieces(stream, cuts).flatMap((piece) => reader.push(piece));
          expect(read.map((bytes) => [...bytes])).toEqual(contents.map((bytes) => [...bytes]));
          expect(reader.cut).toBe(false);
        },
      ),
    );
  });

  it("are known to be cut off", () => {
    const reader = new FrameReader();
    reader.push(frameOf(new Uint8Array(10)).subarray(0, 9));
    expect(reader.cut).toBe(true);
  });

  it("of more than 128 MiB are refused, by their length alone", () => {
    expect(new FrameReader().push(header(MAX_FRAME_BYTES))).toEqual([]);
    expect(() => new FrameReader().push(header(MAX_FRAME_BYTES + 1))).toThrow(
      "a frame of 134217729 bytes is announced; at most 134217728 are allowed",
    );
    expect(() => frameOf(new Uint8Array(MAX_FRAME_BYTES + 1))).toThrow("too large for an executor");
  });
});
