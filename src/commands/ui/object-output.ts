import { writeFile } from "node:fs/promises";
import type { DataObject, Fetching, Session } from "../../runtime/client/index.ts";
import { messageOf, RainError } from "../../runtime/errors.ts";

/** The content of an object as a person reads it. @throws IO when it is not of its content type */
export async function decode(fetching: Fetching, as: "json" | "text"): Promise<string> {
  if (as === "text") return fetching.text();
  const value = await fetching.load();
  if (!(value instanceof Uint8Array)) return `${JSON.stringify(value, null, 2)}\n`;
  throw new RainError("USAGE", "only objects of the content types text, json and cbor can be shown as JSON", {
    hint: "Leave --as out to get the bytes.",
  });
}

/** @throws IO */
export async function writeText(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error) => {
    throw new RainError("IO", `cannot write ${path}: ${messageOf(error)}`);
  });
}

/** Sends the bytes to stdout as they come. @throws USAGE rather than filling a terminal with what is no text */
export async function printBytes(fetching: Fetching): Promise<void> {
  let first = true;
  for await (const chunk of await fetching.stream()) {
    if (first && process.stdout.isTTY && chunk.includes(0)) {
      throw new RainError("USAGE", "the object is not text: it would garble the terminal", {
        hint: "Write it into a file with -o PATH, or send it through a pipe.",
      });
    }
    first = false;
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}

/** What is known of an object that exists. */
export async function describeObject(session: Session, ref: string, object: DataObject) {
  const { kept } = await session.status();
  const { size, contentType, dataType } = kept.find((found) => found.object === object.number) ?? {
    ...object,
    size: undefined,
  };
  return { session: session.id, ref, size, contentType, dataType };
}
