import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObjectInfo } from "../../../../src/runtime/protocol/messages/index.ts";
import {
  BatchDecoder,
  decodeBatchRequest,
  encodeBatchRequest,
  missingRecord,
  presentHead,
} from "../../../../src/runtime/transport/object-batch.ts";

interface Received {
  object: number;
  info?: ObjectInfo;
  body?: Buffer;
}

/** Decodes chunks. */
function decodeAll(chunks: Iterable<Uint8Array>): Received[] {
  const received: Received[] = [];
  let parts: Uint8Array[] = [];
  const decoder = new BatchDecoder({
    begin: (object, info) => received.push({ object, info }),
    data: (bytes) => parts.push(bytes),
    end: () => {
      received[received.length - 1].body = Buffer.concat(parts);
      parts = [];
    },
    missing: (object) => received.push({ object }),
  });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.finish();
  return received;
}

const blob = (object: number, text: string, contentType = "text"): Uint8Array[] => {
  const body = Buffer.from(text);
  return [presentHead(object, { size: body.length, dataType: "blob", contentType }, body.length), body];
};

describe("a batch of objects", () => {
  it("arrives as it was sent", () => {
    const dir: ObjectInfo = { size: 3, dataType: "dir", contentType: "" };
    const tar = Buffer.alloc(1024, 7);
    const stream = [
      ...blob(4, "four"),
      missingRecord(5),
      ...blob(6, ""),
      presentHead(7, dir, tar.length),
      tar,
    ];
    expect(decodeAll(stream)).toEqual([
      { object: 4, info: { size: 4, dataType: "blob", contentType: "text" }, body: Buffer.from("four") },
      { object: 5 },
      { object: 6, info: { size: 0, dataType: "blob", contentType: "text" }, body: Buffer.alloc(0) },
      { object: 7, info: dir, body: tar },
    ]);
  });

  it("distinguishes similar objects, even if the memory of chunks is reused", () => {
    const types = ["json", "json", "text", "json"];
    const infos: ObjectInfo[] = [];
    const decoder = new BatchDecoder({
      begin: (_, info) => infos.push(info),
      data: () => {},
      end: () => {},
      missing: () => {},
    });
    types.forEach((contentType, object) => {
      const chunk = Buffer.concat(blob(object, "1234", contentType));
      decoder.push(chunk);
      chunk.fill(0);
    });
    decoder.finish();
    expect(infos).toEqual(types.map((contentType) => ({ size: 4, dataType: "blob", contentType })));
  });

  it("may be split into chunks anywhere", () => {
    const objects = fc.array(
      fc.record({
        object: fc.nat(0xffffffff),
        body: fc.option(fc.uint8Array({ maxLength: 300 })),
        type: fc.string(),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(objects, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (objects, sizes) => {
        const stream = Buffer.concat(
          objects.flatMap(({ object, body, type: contentType }) =>
            body === null
              ? [missingRecord(object)]
              : [
                  presentHead(object, { size: body.length, dataType: "blob", contentType }, body.length),
                  body,
                ],
          ),
        );
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; at += sizes[i++ % sizes.length]) {
          chunks.push(stream.subarray(at, at + sizes[i % sizes.length]));
        }
        expect(decodeAll(chunks)).toEqual(
          objects.map(({ object, body, type: contentType }) =>
            body === null
              ? { object }
              : {
                  object,
                  info: { size: body.length, dataType: "blob", contentType },
                  body: Buffer.from(body),
                },
          ),
        );
      }),
    );
  });

  it("does not copy bodies", () => {
    const chunk = Buffer.concat(blob(1, "body"));
    let view: Uint8Array | undefined;
    const decoder = new BatchDecoder({
      begin: () => {},
      data: (bytes) => {
        view = bytes;
      },
      end: () => {},
      missing: () => {},
    });
    decoder.push(chunk);
    expect(view?.buffer).toBe(chunk.buffer);
  });

  it("is rejected if it is incomplete or damaged", () => {
    const error = expect.objectContaining({ code: "INVALID_MESSAGE" });
    const whole = Buffer.concat(blob(1, "body"));
    for (let length = 1; length < whole.length; length++) {
      expect(() => decodeAll([whole.subarray(0, length)])).toThrow(error);
    }
    const badStatus = Buffer.from(whole);
    badStatus[4] = 9;
    const badLength = Buffer.from(whole);
    badLength.writeDoubleLE(-1, 8);
    const badHeader = Buffer.from(whole);
    badHeader[16] = 0xff;
    for (const damaged of [badStatus, badLength, badHeader])
      expect(() => decodeAll([damaged])).toThrow(error);
  });

  it("is requested by object numbers", () => {
    const objects = Uint32Array.of(3, 1, 0xffffffff);
    expect(decodeBatchRequest(encodeBatchRequest(objects))).toEqual(objects);
    expect(() => decodeBatchRequest(new Uint8Array(5))).toThrow(
      expect.objectContaining({ code: "INVALID_MESSAGE" }),
    );
  });
});
