/** The test kit: runs one task type without a server. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkOutputCount } from "../../plugin/check/outputs.ts";
import { checkTask } from "../../plugin/check/task.ts";
import type { ContentType, DataType, TaskType } from "../../plugin/contract/index.ts";
import { createRegistry } from "../../plugin/registry.ts";
import { CallContext } from "../calls/call-context.ts";
import { inputFacts, type TestInput } from "./test-input.ts";
import { readOutput, type TestOutput } from "./test-output.ts";

export type { TestInput, TestOutput };

export interface TestTask {
  config?: unknown;
  inputs?: readonly TestInput[];
  /** The outputs that the submitter declares. Default: those that the type always has. */
  outputs?: readonly { label?: string; dataType?: DataType; contentType?: string }[];
  /** Content types of other plugins that the task type needs. The built-in ones are always there. */
  contentTypes?: readonly ContentType[];
  /** Units of named resources. */
  resources?: Readonly<Record<string, readonly number[]>>;
  name?: string;
  /** `ctx.task.user` */
  user?: unknown;
  /** Aborts `ctx.signal`. */
  signal?: AbortSignal;
}

export interface TestRun {
  readonly outputs: readonly TestOutput[];
  /** The outputs by label. */
  readonly output: Readonly<Record<string, TestOutput>>;
  /** Lines of `ctx.debug`. */
  readonly debug: string;
  /** `ctx.info.user` */
  readonly user: unknown;
}

/**
 * Runs a task type in this process, with the checks of Rain: config, inputs and outputs must fit the
 * declaration. Files that the task writes are read and then removed.
 * @throws the error of the task, or an Error or RainError that says what does not fit the declaration
 */
export async function runTask(type: TaskType, task: TestTask = {}): Promise<TestRun> {
  const scratch = await mkdtemp(join(tmpdir(), "rain-testing-"));
  const registry = createRegistry([{ name: "test", contentTypes: task.contentTypes ?? [] }]);
  const lookup = (name: string) => registry.contentType(name);
  try {
    const inputs = await Promise.all((task.inputs ?? []).map((input) => inputFacts(input, lookup)));
    const outputs = declaredOutputs(type, task.outputs);
    const config = checkTask(type, { type: type.name, config: task.config, inputs, outputs });
    const facts = {
      task: { session: 1, id: 0, name: task.name ?? "", user: task.user },
      config,
      inputs,
      outputs,
      resources: task.resources ?? {},
    };
    const context = new CallContext(type, facts, { makeDir: () => mkdtemp(join(scratch, "task-")), lookup });
    const abort = () => context.abort();
    if (task.signal?.aborted) abort();
    task.signal?.addEventListener("abort", abort);
    try {
      const given = await context.run();
      checkOutputCount(outputs, given.length);
      const results = await Promise.all(
        given.map((output, i) => readOutput(output, i, outputs, context.dirPath, lookup)),
      );
      const { debugText: debug = "", userInfo: user } = context;
      const output = Object.fromEntries(
        results.filter(({ label }) => label).map((result) => [result.label, result]),
      );
      return { outputs: results, output, debug, user };
    } finally {
      task.signal?.removeEventListener("abort", abort);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function declaredOutputs({ outputs: { fixed = [] } }: TaskType, given: TestTask["outputs"]) {
  const declared: NonNullable<TestTask["outputs"]> =
    given ??
    fixed.map(({ dataType, ...slot }) => ({ ...slot, dataType: dataType === "dir" ? "dir" : "blob" }));
  return declared.map(({ label = "", dataType = "blob", contentType = "" }, i) => ({
    label: label || (fixed[i]?.label ?? ""),
    dataType,
    contentType: contentType || (fixed[i]?.contentType ?? ""),
  }));
}
