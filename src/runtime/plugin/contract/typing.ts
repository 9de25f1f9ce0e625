import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { ContentTypeValues, Slot, Slots, TaskInput, TaskOutput } from "./values.ts";

/** The config of `run`: the output of the schema, or nothing. */
export type ConfigOf<Schema> = Schema extends StandardSchemaV1<unknown, infer Config> ? Config : undefined;

/** The value type of a content type: by its exact name, or `text` for every `text-<ENCODING>`. */
export type ValueOf<ContentType> = ContentType extends keyof ContentTypeValues
  ? ContentTypeValues[ContentType]
  : ContentType extends `text-${string}`
    ? ContentTypeValues["text"]
    : unknown;

type ValueAt<Entry> = Entry extends { contentType: infer ContentType } ? ValueOf<ContentType> : unknown;

type FixedOf<Declared extends Slots> = Declared extends { fixed: infer Fixed extends readonly Slot[] }
  ? Fixed
  : readonly [];

/** One input for each fixed slot, followed by any number if there is a `rest`. */
export type InputsOf<Declared extends Slots> = readonly [
  ...InputsAt<FixedOf<Declared>>,
  ...(Declared extends { rest: infer Rest extends Slot } ? TaskInput<ValueAt<Rest>>[] : []),
];

type InputsAt<Fixed extends readonly Slot[]> = { [Index in keyof Fixed]: TaskInput<ValueAt<Fixed[Index]>> };

/** The fixed slots with a label, by label. */
type Labelled<Declared extends Slots> = {
  [Entry in FixedOf<Declared>[number] as Entry extends { label: infer Label extends string }
    ? Label
    : never]: Entry;
};

/** Inputs beyond the fixed ones have the labels that the submitter gave them, or none. */
export type InputsByLabel<Declared extends Slots> = {
  readonly [Label in keyof Labelled<Declared>]: TaskInput<ValueAt<Labelled<Declared>[Label]>>;
} & (Declared extends { rest: infer Rest extends Slot }
  ? { readonly [label: string]: TaskInput<ValueAt<Rest>> | undefined }
  : unknown);

/** The type of `{ value }` in a list of outputs. */
export type OutputValue<Declared extends Slots> = ValueAt<
  FixedOf<Declared>[number] | (Declared extends { rest: infer Rest extends Slot } ? Rest : never)
>;

export type OutputsByLabel<Declared extends Slots> = {
  readonly [Label in keyof Labelled<Declared>]: TaskOutput<ValueAt<Labelled<Declared>[Label]>>;
} & (Declared extends { rest: infer Rest extends Slot }
  ? { readonly [label: string]: TaskOutput<ValueAt<Rest>> }
  : unknown);
