import * as v from "valibot";
import { clip, RainError } from "../../errors.ts";

/** The schema of each message's body, by the type of the message. */
type Bodies = Record<string, v.GenericSchema<unknown, unknown>>;

/** The messages `[type, body]` that schemas of bodies describe. */
export type MessageOf<B extends Bodies> = {
  [Type in keyof B]: [type: Type, body: v.InferOutput<B[Type]>];
}[keyof B];

/**
 * Validates a value.
 * @param where name of the value, for messages
 * @throws INVALID_MESSAGE for the first fault
 */
export function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, where: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new RainError(
    "INVALID_MESSAGE",
    `${clip(path === null ? where : `${where}.${path}`)}: ${clip(lowerFirst(issue.message))}`,
  );
}

/** Returns a function that validates messages with the schemas of their bodies. It throws INVALID_MESSAGE. */
export function messageParser<B extends Bodies>(bodies: B): (value: unknown) => MessageOf<B> {
  const schemas = new Map<unknown, v.GenericSchema<unknown, unknown>>(Object.entries(bodies));
  return (value) => {
    if (!Array.isArray(value) || value.length !== 2) {
      throw new RainError("INVALID_MESSAGE", "a message must be [type, body]");
    }
    const schema = schemas.get(value[0]);
    if (!schema) throw new RainError("INVALID_MESSAGE", `unknown message type ${shown(value[0])}`);
    return [value[0], parse(schema, value[1], value[0])] as MessageOf<B>;
  };
}

/** Returns a text as it is, or the type of another value, since that may be large or deep. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(clip(value)) : `of type ${typeof value}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
