import * as v from "valibot";
import { clip, RainError } from "../../errors.ts";

/** Validates one value. @param where what it is, for the message @throws INVALID_MESSAGE that names the first fault */
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

type MessageTypes<Message extends [string, unknown]> = {
  [Type in Message[0]]: v.GenericSchema<unknown, Extract<Message, [Type, unknown]>[1]>;
};

/** A function that validates messages `[type, body]`, from the schemas of the bodies. It throws INVALID_MESSAGE. */
export function messageParser<Message extends [string, unknown]>(
  bodies: MessageTypes<Message>,
): (value: unknown) => Message {
  const schemas = new Map<unknown, v.GenericSchema<unknown, unknown>>(Object.entries(bodies));
  return (value) => {
    if (!Array.isArray(value) || value.length !== 2) {
      throw new RainError("INVALID_MESSAGE", "a message must be [type, body]");
    }
    const schema = schemas.get(value[0]);
    if (!schema) throw new RainError("INVALID_MESSAGE", `unknown message type ${shown(value[0])}`);
    return [value[0], parse(schema, value[1], value[0])] as Message;
  };
}

/** A text; of anything else only what it is, since it may be large or deep. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(clip(value)) : `of type ${typeof value}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
