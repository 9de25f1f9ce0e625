import { expect, test } from "vitest";
import { resourceVariables } from "../../../../src/tasks/run/resources.ts";

test("the units of each resource are told, and those of gpu to CUDA as well", () => {
  expect(resourceVariables({ gpu: [0, 2], "licence-a.b": [7], none: [] })).toEqual({
    RAIN_RESOURCE_GPU: "0,2",
    CUDA_VISIBLE_DEVICES: "0,2",
    RAIN_RESOURCE_LICENCE_A_B: "7",
    RAIN_RESOURCE_NONE: "",
  });
});
