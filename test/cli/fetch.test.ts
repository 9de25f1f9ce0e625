import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openShell } from "./rain.ts";

const FILE = `
rain: 1
name: things
objects:
  json: { value: { a: [1, 2] }, encode: json }
  latin: { base64: "5Pb8", contentType: text-latin1 }
  bytes: { base64: "AAEC/w==" }
  one: first
  table: { value: [{ a: 1, b: x }, { a: 2 }] }
tasks:
  j: { type: concat, inputs: [json], outputs: [{ contentType: json }], keep: true }
  l: { type: concat, inputs: [latin], outputs: [{ contentType: text-latin1 }], keep: true }
  b: { type: concat, inputs: [bytes], keep: true }
  p: { type: concat, inputs: [bytes], outputs: [{ contentType: pickle }], keep: true }
  rows: { type: sleep, inputs: [table], config: 0, keep: true }
  parts: { run: [sh, -c, "echo 1 > x; echo 2 > y"], out: [x, { label: last, path: y }], keep: true }
  dir: { type: make_directory, inputs: [one, bytes], config: { paths: [one.txt, deep/bytes] }, keep: true }
  lost: { type: concat, inputs: [one] }
`;

it("rain fetch brings kept objects in every form", async () => {
  const shell = await openShell();
  await shell.write("things.yml", FILE);
  await shell.start();
  expect(await shell.rain("submit", "things.yml")).toMatchObject({ code: 0 });
  const fetch = (...args: string[]) => shell.rain("fetch", "things", ...args);

  // Decoded by content type.
  expect(JSON.parse((await fetch("j", "--as", "json")).stdout)).toEqual({ a: [1, 2] });
  expect((await fetch("l", "--as", "text")).stdout).toBe("äöü");
  expect((await shell.json("fetch", "things", "l", "--as", "text")).value).toMatchObject({ text: "äöü" });
  expect((await fetch("rows", "--as", "csv")).stdout).toBe("a,b\n1,x\n2,\n");
  expect((await fetch("rows", "--as", "ndjson")).stdout).toBe('{"a":1,"b":"x"}\n{"a":2}\n');
  expect((await fetch("l", "--as", "text-utf-16le", "-o", "l.txt")).code).toBe(0);
  expect(readFileSync(join(shell.directory, "l.txt"), "utf16le")).toBe("äöü");
  expect((await shell.json("fetch", "things", "j", "--as", "cbor")).value).toMatchObject({
    base64: "oWFhggEC",
  });
  expect(await fetch("b", "--as", "json")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("b is not valid json"),
  });
  expect(await fetch("p", "--as", "json")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("only Python can"),
  });
  expect(await fetch("j", "--as", "jsn")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "json"?'),
  });

  // In short.
  expect((await fetch("j", "--preview")).stdout).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}\n');
  expect((await shell.json("fetch", "things", "b", "--preview")).value.preview).toMatch(
    /^00000000 {2}00 01 02 ff/,
  );

  // By label, by index, by number.
  expect((await fetch("parts.last")).stdout).toBe("2\n");
  expect((await fetch("parts[0]")).stdout).toBe("1\n");
  const { kept } = (await shell.json("status", "things")).value;
  expect(
    (await fetch(`#${kept.find((object: { ref: string }) => object.ref === "parts.last").object}`)).stdout,
  ).toBe("2\n");

  // Into a file or a directory.
  expect(await fetch("b", "-o", "b.bin")).toMatchObject({ code: 0, stdout: "" });
  expect(readFileSync(join(shell.directory, "b.bin"))).toEqual(Buffer.from([0, 1, 2, 255]));
  expect(await fetch("dir", "-o", "tree")).toMatchObject({ code: 0 });
  expect(readFileSync(join(shell.directory, "tree/one.txt"), "utf8")).toBe("first");
  expect(readFileSync(join(shell.directory, "tree/deep/bytes"))).toEqual(Buffer.from([0, 1, 2, 255]));
  expect((await fetch("dir")).stdout).toContain("ustar");

  // What cannot be had.
  expect(await fetch("lost")).toMatchObject({ code: 2, stderr: expect.stringContaining("not kept") });
  expect(await fetch("nothing")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no object "nothing"'),
  });
  expect(await fetch("b", "-o", "things.yml/b")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("things.yml/b"),
  });
});
