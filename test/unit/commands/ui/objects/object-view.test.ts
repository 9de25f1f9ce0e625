import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  previewObject,
  printContent,
  printObject,
} from "../../../../../src/commands/ui/objects/object-view.ts";
import { Fetching } from "../../../../../src/runtime/client/index.ts";
import { cbor } from "../../../../../src/runtime/content-types/built-in/cbor.ts";
import { lookupAmong } from "../../../../../src/runtime/content-types/lookup.ts";

const lookup = lookupAmong([]);
const MiB = 1 << 20;
const wasTerminal = process.stdout.isTTY;

let stdout: Buffer[];
let stderr: string;
const printed = () => Buffer.concat(stdout).toString();

beforeEach(() => {
  stdout = [];
  stderr = "";
  vi.spyOn(process.stdout, "write").mockImplementation((data) => stdout.push(Buffer.from(data)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((data) => {
    stderr += data;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = wasTerminal;
});

/** A blob that arrives in these chunks. */
function blob(chunks: readonly (string | Uint8Array)[], contentType = ""): Fetching & { body: Readable } {
  const parts = chunks.map((chunk) => Buffer.from(chunk));
  const body = Readable.from(parts, { objectMode: false, highWaterMark: 1 });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const open = async () => ({ info: { dataType: "blob" as const, contentType, size }, body });
  return Object.assign(new Fetching("it", open, lookup), { body });
}

function directory(): Fetching {
  const info = { dataType: "dir" as const, contentType: "", size: 1 };
  return new Fetching("it", async () => ({ info, body: Readable.from([Buffer.from("ustar")]) }), lookup);
}

describe("a pipe", () => {
  test.each<[string, Fetching, string]>([
    ["bytes", blob([Uint8Array.of(0, 1), "ab"], "cbor"), "\0\x01ab"],
    ["text without an end", blob(["ab"], "text"), "ab"],
    ["a directory", directory(), "ustar"],
  ])("gets %s as they are", async (_, fetching, bytes) => {
    process.stdout.isTTY = false;
    await printObject(fetching, "it", lookup);
    expect(printed()).toBe(bytes);
    expect(stderr).toBe("");
  });
});

describe("a terminal", () => {
  beforeEach(() => {
    process.stdout.isTTY = true;
  });

  test("gets text unchanged, on a separate line", async () => {
    await printObject(blob(["a\n", "ä"], "csv"), "it", lookup);
    expect(printed()).toBe("a\nä\n");
    expect(stderr).toBe("");
  });

  test("gets text of another encoding in UTF-8", async () => {
    await printObject(blob([Uint8Array.of(0xe4, 0x0a)], "text-latin1"), "it", lookup);
    expect(printed()).toBe("ä\n");
  });

  test("gets a long text while it is read", async () => {
    const line = `${"x".repeat(MiB - 1)}\n`;
    await printObject(blob(Array(40).fill(line)), "it", lookup);
    expect(Buffer.concat(stdout).length).toBe(40 * MiB);
    expect(stdout[0].length).toBeLessThan(20 * MiB);
  });

  test("gets a preview of binary data, and a hint how to get the bytes", async () => {
    await printObject(blob([cbor.dump({ a: 1 }, "") as Uint8Array], "cbor"), "it", lookup);
    expect(printed()).toBe('{\n  "a": 1\n}\n');
    expect(stderr).toBe(
      "This is a preview of cbor, 4 B. Use `-o FILE.cbor` or a pipe for the bytes. `--as json` shows all of it.\n",
    );
  });

  test("gets no hint about --as if nothing decodes the type", async () => {
    await printObject(blob([Uint8Array.of(0, 1)]), "it", lookup);
    expect(printed()).toMatch(/^00000000 {2}00 01 .*\|\.\.\|\n$/);
    expect(stderr).toBe("This is a preview of binary data, 2 B. Use `-o FILE` or a pipe for the bytes.\n");
  });

  test("gets the first bytes of a large object, and reads no more than needed", async () => {
    const fetching = blob(Array(100).fill(Buffer.alloc(MiB)), "cbor");
    await printObject(fetching, "it", lookup);
    expect(printed().trimEnd().split("\n")).toHaveLength(17);
    expect(printed()).toMatch(/… and more\n$/);
    expect(fetching.body.destroyed).toBe(true);
  });

  test("rejects a directory", async () => {
    await expect(printObject(directory(), "it", lookup)).rejects.toMatchObject({
      code: "USAGE",
      message: "it is a directory; it is sent as a tar, which a terminal cannot show",
    });
  });

  test("gets a preview of values that are bytes", async () => {
    const content = { bytes: cbor.dump([1], "") as Uint8Array, contentType: "cbor" };
    await printContent(content, lookup);
    expect(printed()).toBe("[\n  1\n]\n");
    expect(stderr).toMatch(/^This is a preview of cbor, 2 B\./);
  });
});

describe("a preview", () => {
  test("is shortened text", async () => {
    const shown = await previewObject(blob(["line\n".repeat(25)]), "it", lookup);
    expect(shown).toBe(`${"line\n".repeat(20)}… and 5 more lines\n`);
  });

  test("rejects a directory", async () => {
    await expect(previewObject(directory(), "it", lookup)).rejects.toMatchObject({
      message: "it is a directory; it has no preview",
    });
  });
});
