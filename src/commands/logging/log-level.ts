import { Flags } from "@oclif/core";
import { RainError } from "../../runtime/errors.ts";

/** The levels of `--log-level` and `$RAIN_LOG`, for commands and processes. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const logLevelFlag = Flags.option({
  summary: "Lowest level to log. Default: $RAIN_LOG, else info.",
  options: LOG_LEVELS,
  helpGroup: "GLOBAL",
})();

/**
 * The level from the flag, or else from `$RAIN_LOG`, or else `info`.
 * @throws USAGE for another value of `$RAIN_LOG`
 */
export function chooseLogLevel(flag: LogLevel | undefined): LogLevel {
  const given = process.env.RAIN_LOG;
  if (flag !== undefined || !given) return flag ?? "info";
  const level = LOG_LEVELS.find((known) => known === given);
  if (level !== undefined) return level;
  throw new RainError("USAGE", `Expected $RAIN_LOG=${given} to be one of: ${LOG_LEVELS.join(", ")}`, {
    hint: "`RAIN_LOG=debug` shows more, `unset RAIN_LOG` restores the default.",
  });
}
