import { RainError } from "../../errors.ts";
import type { ExecutorToWorker } from "../../executor/messages.ts";
import { decode } from "../../protocol/codec/codec.ts";

/**
 * Checks the form of a message from an executor, in plain loops since it has an entry per task. The code of a
 * plugin runs in that process and may have written anything. @throws INVALID_MESSAGE
 */
export function parseExecutorMessage(item: Uint8Array): ExecutorToWorker {
  const message = decode(item);
  if (isMessage(message)) return message;
  throw new RainError("INVALID_MESSAGE", "a message of an executor has an unknown form");
}

function isMessage(value: unknown): value is ExecutorToWorker {
  return Array.isArray(value) && value.length === 2 && isObject(value[1]) && isBody(value[0], value[1]);
}

function isBody(kind: unknown, body: Record<string, unknown>): boolean {
  switch (kind) {
    case "ready":
      return true;
    case "refused":
      return typeof body.code === "string" && typeof body.message === "string";
    case "returned":
      return Array.isArray(body.calls) && body.calls.every(Number.isInteger);
    case "results":
      return Array.isArray(body.results) && body.results.every(isResult);
    default:
      return false;
  }
}

function isResult(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [id, milliseconds, outcome, extra] = value;
  if (!Number.isInteger(id) || !Number.isFinite(milliseconds) || milliseconds < 0) return false;
  if (extra !== null && !isExtra(extra)) return false;
  if (Array.isArray(outcome)) return outcome.every(isOutput);
  return isObject(outcome) && typeof outcome.message === "string" && isObject(outcome.details);
}

function isOutput(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  if (!Array.isArray(value)) return false;
  const [content, contentType] = value;
  if (Number.isInteger(content)) return true;
  return typeof contentType === "string" && (typeof content === "string" || content instanceof Uint8Array);
}

function isExtra(value: unknown): boolean {
  if (!isObject(value)) return false;
  return [value.debug, value.stdout, value.stderr, value.dir].every(
    (text) => text === undefined || typeof text === "string",
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
