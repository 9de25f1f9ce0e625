/**
 * Environment variables with the units of named resources that a program may use, such as
 * `RAIN_RESOURCE_GPU=0,2`. Characters other
 * than letters and digits become `_`. For `gpu`, `CUDA_VISIBLE_DEVICES` is set, too.
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
