/**
 * All error codes of Rain. Each has the exit code of the command line, the HTTP status of the API, and a
 * default hint that says what to do.
 */
const CATALOGUE = {
  USAGE: { exit: 2, http: 400, hint: undefined },
  INVALID_FILE: { exit: 2, http: 400, hint: "Correct the session file and submit it again." },
  INVALID_PARAMS: { exit: 2, http: 400, hint: undefined },
  INVALID_GRAPH: { exit: 2, http: 400, hint: undefined },
  INVALID_MESSAGE: { exit: 1, http: 400, hint: undefined },
  UNKNOWN_TASK_TYPE: {
    exit: 2,
    http: 400,
    hint: "`rain tasks` lists the task types that the cluster offers.",
  },
  NOT_SUBMITTED: { exit: 2, http: 409, hint: "Submit the task first: `await session.submit(task)`." },
  NOT_KEPT: { exit: 2, http: 409, hint: "Mark the object with keep before you submit it." },
  NOT_FOUND: { exit: 2, http: 404, hint: undefined },
  LIMIT_EXCEEDED: { exit: 2, http: 413, hint: undefined },
  SESSION_ENDED: { exit: 1, http: 409, hint: "Start a new session." },
  SESSION_CLOSED: { exit: 1, http: 410, hint: undefined },
  CANCELLED: { exit: 4, http: 409, hint: undefined },
  TASK_FAILED: { exit: 1, http: 409, hint: undefined },
  EXECUTOR_FAILED: { exit: 1, http: 500, hint: undefined },
  OBJECT_LOST: { exit: 1, http: 410, hint: "Submit the session again." },
  WORKER_LOST: { exit: 1, http: 410, hint: "Submit the session again." },
  TIMEOUT: { exit: 5, http: 504, hint: undefined },
  INTERRUPTED: { exit: 130, http: 499, hint: undefined },
  SERVER_UNREACHABLE: { exit: 3, http: 503, hint: "Start a server on this machine with `rain start`." },
  SERVER_LOST: { exit: 3, http: 503, hint: "See `rain logs --server` on the server's machine." },
  REFUSED: { exit: 3, http: 403, hint: undefined },
  UNAUTHORIZED: {
    exit: 3,
    http: 401,
    hint: "Give the token of the cluster with --token-file FILE or $RAIN_TOKEN.",
  },
  VERSION_MISMATCH: { exit: 3, http: 426, hint: "Use the same version of Rain on both sides." },
  ALREADY_RUNNING: { exit: 1, http: 409, hint: "`rain status` shows it, `rain stop` stops it." },
  START_FAILED: { exit: 1, http: 500, hint: undefined },
  IO: { exit: 1, http: 500, hint: undefined },
  INTERNAL: { exit: 1, http: 500, hint: "This is a bug in Rain. Please report it with the lines above." },
} as const satisfies Record<string, { exit: number; http: number; hint: string | undefined }>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Further facts for machines, such as `{ task, worker, exitCode, file, line, column }`. Plain JSON. */
export type ErrorDetails = Record<string, unknown>;

/** The JSON form of an error, in messages and in `--json` output. */
export interface ErrorJson {
  code: ErrorCode;
  message: string;
  hint?: string | undefined;
  details?: ErrorDetails | undefined;
}

/** Every failure that Rain reports. `code` is stable, `message` is for people. */
export class RainError extends Error {
  override readonly name = "RainError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string | undefined; details?: ErrorDetails | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? CATALOGUE[code].hint;
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return CATALOGUE[this.code].exit;
  }

  get httpStatus(): number {
    return CATALOGUE[this.code].http;
  }

  toJSON(): ErrorJson {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
    };
  }

  /** Restores an error that a peer sent. An unknown code, from a newer peer, becomes `INTERNAL`. */
  static fromJSON(json: {
    code: string;
    message: string;
    hint?: string | undefined;
    details?: ErrorDetails | undefined;
  }): RainError {
    const code = Object.hasOwn(CATALOGUE, json.code) ? (json.code as ErrorCode) : "INTERNAL";
    return new RainError(code, json.message, { hint: json.hint, details: json.details });
  }

  /**
   * Converts any thrown value to a `RainError`. Other errors get the code `fallback` and become the cause.
   */
  static from(error: unknown, fallback: ErrorCode = "INTERNAL"): RainError {
    if (error instanceof RainError) return error;
    return new RainError(fallback, messageOf(error), { cause: error });
  }
}

/** Whether the server could not be reached, so that another attempt may succeed. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof RainError && error.code === "SERVER_UNREACHABLE";
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Most characters of a peer's text that a message quotes. */
const MAX_QUOTE = 200;

/** The beginning of a text, with the length of the whole if it is cut. */
export function clip(text: string, length = MAX_QUOTE): string {
  return text.length > length ? `${text.slice(0, length)}… (${text.length} characters)` : text;
}
