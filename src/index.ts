/** The public API: the client with the values it submits, and the contract for plugins. */
export * from "./runtime/client/index.ts";
export { type ErrorCode, type ErrorDetails, RainError } from "./runtime/errors.ts";
export {
  type ContentType,
  defineContentType,
  definePlugin,
  defineTask,
  type Plugin,
  type TaskContext,
  TaskError,
  type TaskInput,
  type TaskOutput,
  type TaskType,
} from "./runtime/plugin/contract/index.ts";
