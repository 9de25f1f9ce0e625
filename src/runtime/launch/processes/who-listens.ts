import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request } from "node:http";
import { request as requestTls } from "node:https";
import * as v from "valibot";
import { describeOwner, ownerIn } from "../../security/owner.ts";

const ANSWER_MS = 1_000;
const MAX_ANSWER = 64 * 1024;

type Request = (
  url: string,
  options: RequestOptions,
  take: (response: IncomingMessage) => void,
) => ClientRequest;

/** A Rain server refuses without the token, or tells its version if it requires none. */
const refusal = v.object({
  error: v.object({ code: v.string(), details: v.optional(v.record(v.string(), v.unknown())) }),
});
const status = v.object({ server: v.object({ version: v.string() }) });

/**
 * The program that listens at `HOST:PORT` on this machine, for a message: `the Rain server of user ada (uid
 * 1000)`, `a Rain server without a token`, or `another program`.
 */
export async function whoListens(address: string): Promise<string> {
  for (const [scheme, send] of [
    ["http", request],
    ["https", requestTls],
  ] as [string, Request][]) {
    const answer = await ask(send, `${scheme}://${address}/api/v1/status`);
    if (v.is(status, answer)) return "a Rain server without a token";
    const owner = v.is(refusal, answer) ? ownerIn(answer.error.details) : undefined;
    if (owner !== undefined) return `the Rain server of ${describeOwner(owner)}`;
  }
  return "another program";
}

/** The JSON that a program answers; `undefined` if it is none. */
function ask(send: Request, url: string): Promise<unknown> {
  return new Promise((resolve) => {
    // The certificate does not matter, since nothing secret is sent.
    const asking = send(url, { agent: false, rejectUnauthorized: false } as RequestOptions, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER) asking.destroy();
        })
        .on("error", () => {})
        .once("close", () => resolve(parsed(text)));
    });
    asking.once("error", () => resolve(undefined));
    asking.once("close", () => clearTimeout(timer));
    const timer = setTimeout(() => asking.destroy(new Error("no answer")), ANSWER_MS);
    asking.end();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
