/** `rain-tasks/plugin`: the contract for authors of task types and content types. */
export * from "./runtime/plugin/contract/index.ts";
export type {
  StandardIssue,
  StandardResult,
  StandardSchemaV1,
} from "./runtime/plugin/contract/standard-schema.ts";
export type {
  ConfigOf,
  InputsByLabel,
  InputsOf,
  OutputsByLabel,
  ValueOf,
} from "./runtime/plugin/contract/typing.ts";
