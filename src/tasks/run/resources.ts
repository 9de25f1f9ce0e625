/**
 * Tells a program which units of named resources are its own: `RAIN_RESOURCE_GPU=0,2`, with every character but letters and digits
 * as `_`, and for `gpu` what CUDA goes by.
 */
export function resourceVariables(
  resources: Readonly<Record<string, readonly number[]>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, units] of Object.entries(resources)) {
    variables[`RAIN_RESOURCE_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`] = units.join(",");
    if (name === "gpu") variables.CUDA_VISIBLE_DEVICES = units.join(",");
  }
  return variables;
}
