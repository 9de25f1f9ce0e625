import * as v from "valibot";
import { RainError } from "../../errors.ts";
import { parse } from "../messages/parse.ts";
import { errorJson, natural } from "../messages/values.ts";
import { PROTOCOL, VERSION } from "../version.ts";

/** The suspended link that the connecting side wants to resume. */
const resume = v.object({
  link: v.string(),
  /** Number of the last frame it received. */
  received: natural,
});
export type Resume = v.InferOutput<typeof resume>;

const versions = v.object({
  protocol: v.number(),
  /** Version of Rain, for messages. */
  version: v.string(),
});

/** The first frame of the connecting side is `["hello", Hello]`. */
const hello = v.object({
  ...versions.entries,
  role: v.picklist(["client", "worker"]),
  resume: v.optional(resume),
  /** The hello of the role. `null` to resume a link. */
  body: v.unknown(),
});
export type Hello = v.InferOutput<typeof hello>;
export type Role = Hello["role"];

/** The answer is `["welcome", Welcome]`, or `["refused", ErrorJson]` and the end of the connection. */
const welcome = v.object({
  ...versions.entries,
  link: v.string(),
  received: natural,
  body: v.unknown(),
});
export type Welcome = v.InferOutput<typeof welcome>;

export function helloFrame(role: Role, body: unknown, resume?: Resume): ["hello", Hello] {
  return ["hello", { protocol: PROTOCOL, version: VERSION, role, ...(resume && { resume }), body }];
}

export function welcomeFrame(link: string, received: number, body: unknown): ["welcome", Welcome] {
  return ["welcome", { protocol: PROTOCOL, version: VERSION, link, received, body }];
}

/** @throws INVALID_MESSAGE; VERSION_MISMATCH if the other side uses another protocol */
export function parseHello(frame: unknown): Hello {
  const body = bodyOf(frame, "hello");
  // All other fields may be different in another protocol.
  const { protocol, version } = parse(versions, body, "hello");
  if (protocol !== PROTOCOL) {
    throw new RainError(
      "VERSION_MISMATCH",
      `the server is Rain ${VERSION} (protocol ${PROTOCOL}), but the connecting program is Rain ${version} (protocol ${protocol})`,
    );
  }
  return parse(hello, body, "hello");
}

/** @throws INVALID_MESSAGE if it is not an answer to a hello, or the error of a server that refuses */
export function parseWelcome(frame: unknown): Welcome {
  if (Array.isArray(frame) && frame[0] === "refused") {
    throw RainError.fromJSON(parse(errorJson, frame[1], "refused"));
  }
  return parse(welcome, bodyOf(frame, "welcome"), "welcome");
}

function bodyOf(frame: unknown, type: string): unknown {
  if (Array.isArray(frame) && frame[0] === type) return frame[1];
  throw new RainError("INVALID_MESSAGE", `a ${type} was expected`);
}
