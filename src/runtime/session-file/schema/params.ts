import * as v from "valibot";
import { about, required, text } from "./leaves.ts";

const number = v.pipe(v.number(), v.description("a number"));

export const param = v.pipe(
  v.strictObject({
    type: required(
      v.pipe(
        v.picklist(["string", "integer", "number", "boolean", "list", "path"]),
        v.description("string, integer, number, boolean, list or path"),
      ),
      "What its values are. A relative `path` starts from the current directory when it comes by `--set`, from the directory of the file otherwise.",
    ),
    default: about(v.unknown(), "The value when none is given. Without a default one has to be given."),
    minimum: about(number, "The least value of an `integer` or a `number`, or the least length of a `list`."),
    maximum: about(number, "The greatest value, or the greatest length."),
    enum: about(
      v.pipe(v.array(v.unknown()), v.description("a list of values")),
      "The values that it may have.",
    ),
    description: about(text, "What it is for. `rain submit FILE --help-params` shows it."),
  }),
  v.description("a map such as { type: integer, default: 3 }"),
);

export type ParamEntry = v.InferOutput<typeof param>;
