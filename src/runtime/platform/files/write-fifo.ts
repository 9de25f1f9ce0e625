import { closeSync, constants, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { errnoOf } from "../errno.ts";

const POLL_MS = 50;

/**
 * Writes into a FIFO, once somebody reads it. The wait does not occupy a thread, so it ends with the signal; so does that for room
 * in the pipe, except under Deno.
 * @throws the reason of the signal, or the system error
 */
export async function writeFifo(
  path: string,
  content: Readable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await openFifo(path, signal);
  const pipe =
    "Deno" in globalThis ? await blockingStream(path, file) : new Socket({ fd: file, readable: false });
  await pipeline(content, pipe, { ...(signal && { signal }) });
}

/** Deno has no sockets of descriptors. While `file` is open, the FIFO has a reader, so it is opened again at once. */
async function blockingStream(path: string, file: number): Promise<Writable> {
  try {
    return (await open(path, constants.O_WRONLY)).createWriteStream();
  } finally {
    closeSync(file);
  }
}

async function openFifo(path: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) !== "ENXIO") throw error;
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
  }
}
