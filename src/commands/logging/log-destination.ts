import { type DestinationStream, pino } from "pino";
import { messageOf } from "../../runtime/errors.ts";

/** Maximum bytes of lines that wait until the destination can be written again. Later lines are lost. */
const MAX_WAITING_BYTES = 1 << 20;
/** Time between attempts when no more lines can wait. */
const RETRY_INTERVAL_MS = 1000;

/**
 * A file or descriptor for a log. Errors, such as a full disk, do not end the process: lines wait up to a limit,
 * and when the destination can be written again, a line tells what had happened.
 * @throws an error of the file system if the file cannot be opened
 */
export function logDestination(dest: string | number): DestinationStream {
  const stream = pino.destination({ dest, sync: true, maxLength: MAX_WAITING_BYTES });
  let failure: string | undefined;
  let lost = 0;
  let nextAttempt = 0;
  const recovered = () => {
    if (failure === undefined) return;
    const msg = `the log could not be written: ${failure}; ${lost} lines are missing`;
    failure = undefined;
    lost = 0;
    const { warn: level = 40 } = pino.levels.values;
    stream.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg })}\n`);
  };
  stream.on("error", (error: unknown) => {
    failure = messageOf(error);
  });
  stream.on("drain", recovered);
  // The stream makes no attempt for a line that it drops.
  stream.on("drop", () => {
    lost++;
    if (performance.now() < nextAttempt) return;
    nextAttempt = performance.now() + RETRY_INTERVAL_MS;
    try {
      stream.flushSync();
      recovered();
    } catch (error) {
      failure = messageOf(error);
    }
  });
  return stream;
}
