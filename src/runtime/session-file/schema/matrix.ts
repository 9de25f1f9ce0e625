import * as v from "valibot";
import { about, trueOrFalse } from "./leaves.ts";

/** A value of a matrix key: part of the names of the instances. */
const matrixValue = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.finite("must be finite")), trueOrFalse]),
  v.description("text, a number, or true or false"),
);
const combinations = v.pipe(
  v.array(v.pipe(v.record(v.string(), matrixValue), v.description("a map from keys to values"))),
  v.description("a list of maps from keys to values"),
);

export const matrix = v.pipe(
  v.objectWithRest(
    {
      include: about(
        combinations,
        "Combinations to add. If one fits a combination of the lists without changing a value, it extends that combination. Otherwise it is a new one.",
      ),
      exclude: about(combinations, "Combinations to remove: all that have these values."),
    },
    v.pipe(v.array(matrixValue), v.description("a list of values")),
  ),
  v.description("a map from keys to lists of values"),
);

export type Matrix = v.InferOutput<typeof matrix>;
export type MatrixValue = v.InferOutput<typeof matrixValue>;
