import type { Result } from "../messages.ts";

/** Milliseconds that a result may wait for others while short calls follow one another. */
const WAIT_MS = 2;
/** Bytes of outputs above which the results are sent immediately. */
const MAX_BATCH_BYTES = 1 << 20;

/** Collects the results of short calls, so that they need few messages. */
export class ResultBatch {
  readonly #send: (results: Result[]) => void;
  #results: Result[] = [];
  #bytes = 0;
  /** The time of the first of them. */
  #since = 0;
  #flush: NodeJS.Immediate | undefined;

  constructor(send: (results: Result[]) => void) {
    this.#send = send;
  }

  add(result: Result, now: number): void {
    if (this.#results.length === 0) this.#since = now;
    this.#results.push(result);
    const [, , outcome] = result;
    if (!Array.isArray(outcome)) return;
    for (const output of outcome) {
      if (output instanceof Uint8Array) this.#bytes += output.length;
      else if (output[0] instanceof Uint8Array) this.#bytes += output[0].length;
    }
  }

  flushIfDue(now: number): void {
    if (this.#results.length === 0) return;
    if (now - this.#since > WAIT_MS || this.#bytes > MAX_BATCH_BYTES) this.flush();
  }

  /** Sends the results in the next turn of the event loop. */
  flushSoon(): void {
    if (this.#results.length > 0) this.#flush ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#results.length === 0) return;
    const results = this.#results;
    this.#results = [];
    this.#bytes = 0;
    this.#send(results);
  }
}
