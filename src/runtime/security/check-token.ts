import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { RainError } from "../errors.ts";

/**
 * Refuses a request that does not bear the token of this process; without a token everything passes. How long it takes tells
 * nothing of the token: digests of equal length are compared. @throws UNAUTHORIZED
 */
export function checkToken({ headers }: IncomingMessage, token: string | undefined): void {
  if (token === undefined) return;
  const sent = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (sent === undefined) {
    throw new RainError("UNAUTHORIZED", "this cluster requires a token, and the request has none");
  }
  if (!timingSafeEqual(digest(sent), digest(token))) {
    throw new RainError("UNAUTHORIZED", "the request bears a token, but not that of this cluster");
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
