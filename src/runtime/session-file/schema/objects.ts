import * as v from "valibot";
import { about, contentType, path, required, text } from "./leaves.ts";

const type = about(
  contentType,
  "What the bytes are. A text is `text`, a value what `encode` says; a file says nothing.",
);

export const object = v.pipe(
  v.union([
    text,
    v.strictObject({ text: required(text, "The text."), contentType: type }),
    v.strictObject({
      value: required(v.unknown(), "Any value: a map, a list, a number …"),
      encode: about(
        v.pipe(v.picklist(["json", "cbor", "text"]), v.description("json, cbor or text")),
        "How the value becomes bytes. Default: `json`.",
      ),
      contentType: type,
    }),
    v.strictObject({
      file: required(
        path,
        "A file of the submitting machine. Relative paths start from the directory of the session file.",
      ),
      contentType: type,
    }),
    v.strictObject({
      dir: required(path, "A directory of the submitting machine, with all that is in it."),
      contentType: type,
    }),
    v.strictObject({ base64: required(text, "Bytes in base64."), contentType: type }),
  ]),
  v.description("text, or a map with one of the keys text, value, file, dir and base64"),
);

export type ObjectEntry = v.InferOutput<typeof object>;
