import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, frame, MAX_FRAME_BYTES } from "../../../../src/runtime/executor/frames.ts";
import { decode } from "../../../../src/runtime/protocol/codec/codec.ts";

test("messages come out as they went in, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.array(fc.integer()), fc.string({ minLength: 300 }))),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (messages, cuts) => {
        const stream = Buffer.concat(messages.map(frame));
        const reader = new FrameReader();
        const received: unknown[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const end = at + cuts[i % cuts.length];
          for (const item of reader.push(stream.subarray(at, end))) received.push(decode(item));
          at = end;
        }
        expect(received).toEqual(messages);
      },
    ),
  );
});

test("the length is in four bytes, little-endian", () => {
  expect([...frame("a")]).toEqual([2, 0, 0, 0, 0x61, 0x61]);
});

test("a frame that is too large is refused before it has come", () => {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(MAX_FRAME_BYTES + 1);
  expect(() => new FrameReader().push(header)).toThrow(/a frame of 134217729 bytes came; at most 134217728/);
});
