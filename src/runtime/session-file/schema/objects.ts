import * as v from "valibot";
import { about, contentType, path, required, text } from "./leaves.ts";

const type = about(
  contentType,
  "The content type of the bytes. Default: `text` for a text, `encode` for a value, none for other objects.",
);

export const object = v.pipe(
  v.union([
    text,
    v.strictObject({ text: required(text, "The text."), contentType: type }),
    v.strictObject({
      value: required(v.unknown(), "Any value: a map, a list, a number, …"),
      encode: about(
        v.pipe(v.picklist(["json", "cbor", "text"]), v.description("json, cbor or text")),
        "How to encode the value. Default: `json`.",
      ),
      contentType: type,
    }),
    v.strictObject({
      file: required(
        path,
        "A file on the submitting machine. A relative path starts from the directory of the session file.",
      ),
      contentType: type,
    }),
    v.strictObject({
      dir: required(path, "A directory on the submitting machine, with all its content."),
      contentType: type,
    }),
    v.strictObject({ base64: required(text, "Bytes, encoded as base64."), contentType: type }),
  ]),
  v.description("text, or a map with one of the keys text, value, file, dir and base64"),
);

export type ObjectEntry = v.InferOutput<typeof object>;
