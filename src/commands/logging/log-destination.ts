import { openSync, writeSync } from "node:fs";
import { type DestinationStream, pino } from "pino";
import { messageOf } from "../../runtime/errors.ts";
import { errnoOf } from "../../runtime/platform/errno.ts";

/** Attempts to write to a pipe that is full, and the time between them. */
const FULL_PIPE_ATTEMPTS = 20;
const FULL_PIPE_WAIT_MS = 5;

/**
 * A file or descriptor for a log. Errors, such as a full disk, do not end the process: lines are lost, and when
 * the destination can be written again, a line tells how many.
 * @throws an error of the file system if the file cannot be opened
 */
export function logDestination(dest: string | number): DestinationStream {
  const file = typeof dest === "number" ? dest : openSync(dest, "a", 0o600);
  let failure: string | undefined;
  let lost = 0;
  /** The rest of a line of which a part was written. */
  let rest: Uint8Array = new Uint8Array();
  const finish = () => {
    while (rest.length > 0) rest = rest.subarray(writeSome(file, rest));
  };
  const write = (text: string) => {
    const bytes = Buffer.from(text);
    rest = bytes.subarray(writeSome(file, bytes));
    finish();
  };
  return {
    write(line) {
      let isBegun = false;
      try {
        finish();
        if (failure !== undefined && lost > 0) write(gapNotice(failure, lost));
        failure = undefined;
        lost = 0;
        isBegun = true;
        write(line);
      } catch (error) {
        failure = messageOf(error);
        // The rest of a line that was begun is written later.
        if (!isBegun || rest.length === 0) lost++;
      }
    },
  };
}

function gapNotice(failure: string, lost: number): string {
  const { warn: level = 40 } = pino.levels.values;
  const msg = `the log could not be written: ${failure}; ${lost} lines are missing`;
  return `${JSON.stringify({ level, time: new Date().toISOString(), msg })}\n`;
}

/** Returns how many bytes were written. Waits shortly for the reader of a full pipe. */
function writeSome(file: number, bytes: Uint8Array): number {
  for (let attempt = 1; ; attempt++) {
    try {
      return writeSync(file, bytes);
    } catch (error) {
      if (errnoOf(error) !== "EAGAIN" || attempt === FULL_PIPE_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
}
