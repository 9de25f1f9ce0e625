import * as v from "valibot";
import { RainError } from "../../errors.ts";
import { errorJson, natural } from "../schemas/common.ts";
import { parse } from "../schemas/parse.ts";
import { PROTOCOL, VERSION } from "../version.ts";

export type Role = "client" | "worker";

/** How a connecting side names the suspended link that it wants to go on with. */
export interface Resume {
  link: string;
  /** Number of the last frame it received. */
  received: number;
}

/** The first frame of the connecting side is `["hello", Hello]`. */
export interface Hello {
  protocol: number;
  /** Of Rain, for messages to people. */
  version: string;
  role: Role;
  resume?: Resume;
  /** What the role says of itself; `null` when it resumes. */
  body: unknown;
}

/** It is answered by `["welcome", Welcome]`, or by `["refused", ErrorJson]` and the end of the connection. */
export interface Welcome {
  protocol: number;
  version: string;
  link: string;
  received: number;
  body: unknown;
}

const resume = v.object({ link: v.string(), received: natural });
const versions = v.object({ protocol: v.number(), version: v.string() });
const hello = v.object({
  protocol: v.number(),
  version: v.string(),
  role: v.picklist(["client", "worker"]),
  resume: v.optional(resume),
  body: v.unknown(),
});
const welcome = v.object({
  protocol: v.number(),
  version: v.string(),
  link: v.string(),
  received: natural,
  body: v.unknown(),
});

export function helloFrame(role: Role, body: unknown, resume?: Resume): ["hello", Hello] {
  return ["hello", { protocol: PROTOCOL, version: VERSION, role, ...(resume && { resume }), body }];
}

export function welcomeFrame(link: string, received: number, body: unknown): ["welcome", Welcome] {
  return ["welcome", { protocol: PROTOCOL, version: VERSION, link, received, body }];
}

/** @throws INVALID_MESSAGE, VERSION_MISMATCH when the other side speaks another protocol */
export function parseHello(frame: unknown): Hello {
  const body = bodyOf(frame, "hello");
  // Of another protocol nothing but these two fields can be relied on.
  const { protocol, version } = parse(versions, body, "hello");
  if (protocol !== PROTOCOL) {
    throw new RainError(
      "VERSION_MISMATCH",
      `the server is Rain ${VERSION} (protocol ${PROTOCOL}), but what connects to it is Rain ${version} (protocol ${protocol})`,
    );
  }
  return parse(hello, body, "hello");
}

/** @throws INVALID_MESSAGE when it is no answer to a hello, or else the error with which the server refused */
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
