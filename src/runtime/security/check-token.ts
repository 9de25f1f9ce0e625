import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { RainError } from "../errors.ts";

/**
 * Rejects requests without the token of this process. If it has no token, accepts all requests. Compares
 * digests in constant time, so that the duration reveals nothing about the token.
 * @throws UNAUTHORIZED
 */
export function checkToken({ headers }: IncomingMessage, token: string | undefined): void {
  if (token === undefined) return;
  const sent = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (sent === undefined) {
    throw new RainError("UNAUTHORIZED", "this cluster requires a token, and the request has none");
  }
  if (!timingSafeEqual(digest(sent), digest(token))) {
    throw new RainError("UNAUTHORIZED", "the request has a token, but not that of this cluster");
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
