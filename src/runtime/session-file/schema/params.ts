import * as v from "valibot";
import { about, oneOf, required, text } from "./leaves.ts";

const number = v.pipe(v.number(), v.description("a number"));

/** The names of types in other languages. */
const meant = {
  str: "string",
  text: "string",
  char: "string",
  int: "integer",
  long: "integer",
  float: "number",
  double: "number",
  real: "number",
  decimal: "number",
  bool: "boolean",
  flag: "boolean",
  array: "list",
  tuple: "list",
  sequence: "list",
  file: "path",
  dir: "path",
  directory: "path",
  folder: "path",
};

export const param = v.pipe(
  v.strictObject({
    type: required(
      oneOf(["string", "integer", "number", "boolean", "list", "path"], {
        description: "string, integer, number, boolean, list or path",
        meant,
      }),
      "The type of its values. A relative `path` from `--set` starts from the current directory, any other from the directory of the file.",
    ),
    items: about(
      oneOf(["string", "integer", "number", "boolean", "path"], {
        description: "string, integer, number, boolean or path",
        meant,
      }),
      "The type of the entries of a `list`. In a list of type `string`, `--set x=3.10,b` sets the texts `3.10` and `b`.",
    ),
    default: about(v.unknown(), "The value if none is given. A parameter without a default is required."),
    minimum: about(number, "The minimum of an `integer` or a `number`, or the minimum length of a `list`."),
    maximum: about(number, "The maximum, or the maximum length."),
    enum: about(v.pipe(v.array(v.unknown()), v.description("a list of values")), "The allowed values."),
    description: about(text, "A text for users, which `rain submit FILE --help-params` shows."),
  }),
  v.description("a map such as { type: integer, default: 3 }"),
);

export type ParamEntry = v.InferOutput<typeof param>;
