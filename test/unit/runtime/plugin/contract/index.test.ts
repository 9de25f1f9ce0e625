import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  CONTRACT_VERSION,
  defineContentType,
  definePlugin,
  defineTask,
  type TaskInput,
} from "../../../../../src/plugin.ts";

declare module "../../../../../src/runtime/plugin/contract/index.ts" {
  interface ContentTypeValues {
    "user/point": { x: number; y: number };
  }
}

describe("the types of a task", () => {
  test("come from its declaration", () => {
    defineTask({
      name: "typed",
      summary: "",
      inputs: {
        fixed: [
          { label: "source", contentType: "text" },
          { label: "at", contentType: "user/point" },
          { contentType: "text-latin1" },
          { label: "raw" },
        ],
        rest: { contentType: "json" },
      },
      outputs: { fixed: [{ label: "moved", contentType: "user/point" }] },
      config: v.object({ by: v.optional(v.number(), 1), unit: v.picklist(["m", "km"]) }),
      async run(ctx) {
        expectTypeOf(ctx.config).toEqualTypeOf<{ by: number; unit: "m" | "km" }>();
        expectTypeOf(ctx.inputs[0]).toEqualTypeOf<TaskInput<string>>();
        expectTypeOf(ctx.inputs[1].load()).resolves.toEqualTypeOf<{ x: number; y: number }>();
        expectTypeOf(ctx.inputs[2].load()).resolves.toBeString();
        expectTypeOf(ctx.inputs[3].load()).resolves.toBeUnknown();
        expectTypeOf(ctx.inputs[17]).toEqualTypeOf<TaskInput<unknown>>();
        expectTypeOf(ctx.input.source).toEqualTypeOf<TaskInput<string>>();
        expectTypeOf(ctx.input.raw).toEqualTypeOf<TaskInput<unknown>>();
        expectTypeOf(ctx.input.whatever).toEqualTypeOf<TaskInput<unknown> | undefined>();
        return { moved: { value: { x: 1, y: 2 } } };
      },
    });
  });

  test("reject inputs that are not declared", () => {
    defineTask({
      name: "typed",
      summary: "",
      inputs: { fixed: [{ label: "only" }] },
      outputs: {},
      run(ctx) {
        expectTypeOf(ctx.config).toBeUndefined();
        expectTypeOf(ctx.inputs.length).toEqualTypeOf<1>();
        // @ts-expect-error there is no second input
        ctx.inputs[1];
        // @ts-expect-error there is no such label
        ctx.input.other;
        return [];
      },
    });
  });

  test("reject outputs of another type", () => {
    const base = { name: "typed", summary: "", inputs: {} } as const;
    defineTask({
      ...base,
      outputs: { fixed: [{ label: "text", contentType: "text" }] },
      // @ts-expect-error a number is not a text
      run: () => [{ value: 5 }],
    });
    defineTask({
      ...base,
      outputs: { fixed: [{ label: "text", contentType: "text" }] },
      // @ts-expect-error there is no such output
      run: () => ({ other: { value: "a" } }),
    });
    defineTask({
      ...base,
      outputs: { fixed: [{ label: "text", contentType: "text" }] },
      run: () => ({ text: { value: "a" } }),
    });
  });

  test("a content type has the same value type in load and dump", () => {
    const point = defineContentType({
      name: "user/point",
      load: (bytes): { x: number } => ({ x: bytes.length }),
      dump: ({ x }) => new Uint8Array(x),
    });
    expectTypeOf(point.dump).parameter(0).toEqualTypeOf<{ x: number }>();
  });
});

test("definePlugin adds the version of the contract", () => {
  expect(definePlugin({ name: "geo" })).toEqual({ name: "geo", contract: CONTRACT_VERSION });
});
