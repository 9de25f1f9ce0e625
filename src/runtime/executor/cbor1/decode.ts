import * as v from "valibot";
import { decode } from "../../protocol/codec/codec.ts";
import { messageParser } from "../../protocol/messages/parse.ts";
import { bytes, natural } from "../../protocol/messages/values.ts";
import type { FromExecutor } from "./messages.ts";

const id = v.strictTuple([natural, natural]);

/** A text; empty if it is missing or null. */
const text = v.nullish(v.string(), "");

const objectInfo = v.object({ debug: text, content_type: text, user: v.optional(v.unknown()) });
const taskInfo = v.object({
  error: v.pipe(text, v.transform(unquoted)),
  debug: text,
  user: v.optional(v.unknown()),
});

const location = v.union(
  [
    v.strictTuple([v.literal("path"), v.string()]),
    v.strictTuple([v.literal("memory"), bytes]),
    v.strictTuple([v.literal("other_object"), id]),
  ],
  'expected ["path", text], ["memory", bytes] or ["other_object", [session, id]]',
);

/** Some executors omit empty values, so most keys are optional. Unknown keys are ignored. */
const parseMessage = messageParser({
  register: v.object({ protocol: v.string(), executor_type: v.string() }),
  result: v.object({
    task: id,
    success: v.boolean(),
    info: v.nullish(taskInfo, {}),
    outputs: v.nullish(v.array(v.object({ info: v.nullish(objectInfo, {}), location })), []),
    cached_objects: v.nullish(v.array(id), []),
  }),
});

/** Decodes one CBOR item from an executor. Safe for untrusted bytes. @throws INVALID_MESSAGE */
export function decodeMessage(item: Uint8Array): FromExecutor {
  return parseMessage(decode(item));
}

/** Executors of Rain 0.4 in C++ put quotes around an error, and do not always escape its content. */
function unquoted(error: string): string {
  if (!/^".*"$/s.test(error)) return error;
  try {
    return String(JSON.parse(error));
  } catch {
    const inner = error.slice(1, -1);
    return inner.includes('"') ? error : inner;
  }
}
