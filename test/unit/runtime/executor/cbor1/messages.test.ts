import { Encoder } from "cbor-x/encode";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../../../src/runtime/executor/cbor1/decode.ts";
import { encodeMessage } from "../../../../../src/runtime/executor/cbor1/encode.ts";
import type { Call, Id } from "../../../../../src/runtime/executor/cbor1/index.ts";

/** The examples of the protocol's description, encoded by another implementation (Python's cbor2). */
const VECTORS = {
  register:
    "826872656769737465" +
    "72a36870726f746f636f6c6663626f722d316b6578656375746f725f6964182a6d6578656375746f725f747970656564756d6d79",
  call:
    "826463616c6ca36473706563a362696482182a1830697461736b5f747970656964756d6d792f666f6f697265736f7572636573a16463707573" +
    "0166696e7075747383a46473706563a3626964820306656c6162656c63696e3169646174615f7479706564626c6f6264696e666fa16473697a" +
    "6505686c6f636174696f6e82666d656d6f72794500000000006a63616368655f68696e74f5a46473706563a3626964820307656c6162656c63" +
    "696e3269646174615f7479706564626c6f6264696e666fa16473697a6509686c6f636174696f6e82647061746867696e312e7478746a636163" +
    "68655f68696e74f5a46473706563a262696482030869646174615f7479706564626c6f6264696e666fa16473697a6501686c6f636174696f6e" +
    "666361636865646a63616368655f68696e74f5676f75747075747382a26473706563a362696482030b656c6162656c646f757431696461746" +
    "15f7479706564626c6f626a63616368655f68696e74f5a26473706563a262696482030c69646174615f74797065636469726a63616368655f" +
    "68696e74f5",
  result:
    "8266726573756c74a4647461736b82182a18306773756363657373f564696e666fa0676f75747075747382a264696e666fa165646562756763" +
    "6c6f67686c6f636174696f6e82647061746867696e312e747874a364696e666fa16473697a65182a686c6f636174696f6e826c6f746865725f" +
    "6f626a6563748203066a63616368655f68696e74f5",
  dropCached: "826b64726f705f636163686564a1676f626a6563747382820102820405",
};

const CALL: Call = {
  spec: { id: [42, 48], task_type: "dummy/foo", resources: { cpus: 1 } },
  inputs: [
    {
      spec: { id: [3, 6], label: "in1", data_type: "blob" },
      info: { size: 5 },
      location: ["memory", new Uint8Array(5)],
      cache_hint: true,
    },
    {
      spec: { id: [3, 7], label: "in2", data_type: "blob" },
      info: { size: 9 },
      location: ["path", "in1.txt"],
      cache_hint: true,
    },
    { spec: { id: [3, 8], data_type: "blob" }, info: { size: 1 }, location: "cached", cache_hint: true },
  ],
  outputs: [
    { spec: { id: [3, 11], label: "out1", data_type: "blob" }, cache_hint: true },
    { spec: { id: [3, 12], data_type: "dir" }, cache_hint: true },
  ],
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

const foreign = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });
const decoded = (message: unknown) => decodeMessage(foreign.encode(message));
const result = (body: object) => decoded(["result", { task: [1, 2], success: true, ...body }])[1];

describe("what the worker sends", () => {
  it("is a call, byte for byte", () => {
    expect(hex(encodeMessage(["call", CALL]))).toBe(VECTORS.call);
  });

  it("is objects to drop, byte for byte", () => {
    const objects: Id[] = [
      [1, 2],
      [4, 5],
    ];
    expect(hex(encodeMessage(["drop_cached", { objects }]))).toBe(VECTORS.dropCached);
  });

  it("has large sizes as integers, and nothing that only some decoders know", () => {
    const config = {
      far: 2 ** 40,
      low: -(2 ** 40),
      half: 0.5,
      list: new Uint16Array([1, 2]),
      none: undefined,
    };
    const bytes = encodeMessage(["call", { ...CALL, inputs: [], spec: { ...CALL.spec, config } }]);
    // 1b and 3b begin an integer of 8 bytes, fb a float of 8 bytes, 82 a list of two.
    expect(hex(bytes)).toContain(
      "a4" +
        "63666172" +
        "1b0000010000000000" +
        "636c6f77" +
        "3b000000ffffffffff" +
        "6468616c66" +
        "fb3fe0000000000000" +
        "646c697374" +
        "820102",
    );
  });
});

describe("what an executor sends", () => {
  it("is its registration", () => {
    expect(decodeMessage(fromHex(VECTORS.register))).toEqual([
      "register",
      { protocol: "cbor-1", executor_type: "dummy" },
    ]);
  });

  it("is a result; what is left out counts as empty, what is unknown is passed over", () => {
    expect(decodeMessage(fromHex(VECTORS.result))).toEqual([
      "result",
      {
        task: [42, 48],
        success: true,
        info: { error: "", debug: "", user: undefined },
        outputs: [
          { info: { debug: "log", content_type: "" }, location: ["path", "in1.txt"] },
          { info: { debug: "", content_type: "" }, location: ["other_object", [3, 6]] },
        ],
        cached_objects: [],
      },
    ]);
  });

  it("may lack the outputs and even the info of a failure", () => {
    const [, body] = decoded(["result", { task: [1, 2], success: false }]);
    expect(body).toMatchObject({ success: false, info: { error: "" }, outputs: [] });
  });

  it.each([
    ['"no such \\"file\\""', 'no such "file"'],
    ["plain", "plain"],
    ['"not quite', '"not quite'],
    ['"a" and "b"', '"a" and "b"'],
    ['"two\nlines"', "two\nlines"],
  ])("has the error %s as %s", (sent, read) => {
    expect(result({ success: false, info: { error: sent } })).toMatchObject({ info: { error: read } });
  });

  it.each([
    ["no list", { type: "result" }, "a message must be [type, body]"],
    ["of an unknown type", ["hello", {}], 'unknown message type "hello"'],
    ["without a task", ["result", { success: true }], "result.task"],
    ["with a text for an id", ["result", { task: [1, "2"], success: true }], "result.task.1"],
    [
      "with an unknown location",
      ["result", { task: [1, 2], success: true, outputs: [{ location: ["url", "x"] }] }],
      'result.outputs.0.location: expected ["path", text], ["memory", bytes] or ["other_object", [session, id]]',
    ],
    [
      "with text for bytes",
      ["result", { task: [1, 2], success: true, outputs: [{ location: ["memory", "x"] }] }],
      "location",
    ],
  ])("is refused when it is a message %s", (_, message, expected) => {
    expect(() => decoded(message)).toThrow(
      expect.objectContaining({ code: "INVALID_MESSAGE", message: expect.stringContaining(expected) }),
    );
  });
});
