/** `rain-tasks/testing`: runs task types in the tests of plugin authors. */
export {
  runTask,
  type TestInput,
  type TestOutput,
  type TestRun,
  type TestTask,
} from "./runtime/executor/test-kit/index.ts";
