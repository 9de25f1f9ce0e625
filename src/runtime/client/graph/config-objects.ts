/* Data objects among the values of a config: replaced where the task type knows how, rejected elsewhere. */

import { checkJson, placeIn } from "../check/json.ts";
import { isPlainObject } from "../check/misuse.ts";
import { separate } from "./separate.ts";
import { type DataObject, type Inputs, isObjectLike } from "./values.ts";

/**
 * Task types that take values of data objects in a field of their config. The objects follow the other inputs, and
 * `places` of the config says where in the field the value of each goes.
 */
const FIELDS: ReadonlyMap<string, string> = new Map([["python/call", "arguments"]]);

/**
 * Checks a config, and makes inputs of the data objects in it.
 * @throws USAGE that names the place of an object that cannot be replaced, or of a value that cannot be sent
 */
export function configWithInputs(
  type: string,
  config: unknown,
  inputs: Inputs,
): { config: unknown; inputs: Inputs } {
  const field = FIELDS.get(type);
  let plain = config;
  let all = inputs;
  if (field !== undefined && isPlainObject(config)) {
    const { value, objects, places } = separate("task", `options.config.${field}`, config[field], false);
    if (objects.length > 0) {
      plain = { ...config, [field]: value, places };
      all = withMore(
        inputs,
        objects,
        places.map((place) => placeIn(field, place)),
      );
    }
  }
  const where = field === undefined ? "options.inputs" : `options.inputs or options.config.${field}`;
  checkJson("task", "options.config", plain, (value) =>
    isObjectLike(value) ? `A config of ${type} cannot contain it. Pass it in ${where}.` : undefined,
  );
  return { config: plain, inputs: all };
}

/** The inputs, followed by these objects, which get labels if the others have labels. */
function withMore(inputs: Inputs, objects: readonly DataObject[], labels: readonly string[]): Inputs {
  if (isList(inputs)) return [...inputs, ...objects];
  return { ...inputs, ...Object.fromEntries(objects.map((object, i) => [labels[i], object])) };
}

function isList(inputs: Inputs): inputs is Extract<Inputs, readonly unknown[]> {
  return Array.isArray(inputs);
}
