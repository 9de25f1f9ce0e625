import { expect, it } from "vitest";
import { visible } from "../../../../../src/commands/ui/terminal/visible.ts";

it("leaves objects of classes as they are", () => {
  const time = new Date();
  expect(visible({ time, bytes: Uint8Array.of(1) })).toEqual({ time, bytes: Uint8Array.of(1) });
});

it("makes all texts of a document visible, and leaves line breaks only to messages and output", () => {
  const document = {
    name: "a\nfinished",
    tasks: [{ key: "k\x1b[2J", error: { message: "one\ntwo\x1b[2J" } }],
    outputs: { "ref\r": { size: 3 } },
    stdout: "1\n\x1b[31m2\x1b[0m",
    none: undefined,
  };
  expect(visible(document)).toEqual({
    name: "a\\nfinished",
    tasks: [{ key: "k\\x1b[2J", error: { message: "one\ntwo\\x1b[2J" } }],
    outputs: { "ref\\r": { size: 3 } },
    stdout: "1\n2",
    none: undefined,
  });
});
