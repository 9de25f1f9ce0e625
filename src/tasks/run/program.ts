/** A program to run. */
export interface Program {
  command: string;
  args: readonly string[];
  cwd: string;
  /** Bytes of memory that it and its child processes may use. Absent: no limit. */
  memory: number | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs: number;
  /** Environment variables in addition to those of this process. */
  variables: Readonly<Record<string, string>>;
  /** A directory for temporary files with the output of the program. */
  scratch: string;
  /** The file for standard input. Absent: no input. */
  stdin: string | undefined;
  /** The files for the complete output. Absent: only the tail is kept. */
  stdout: string | undefined;
  stderr: string | undefined;
}

/** The end of a program: an exit code or a signal. */
export interface Exit {
  code: number | null;
  /** Such as `SIGKILL`. */
  signal: string | null;
}

/** The output of a program on one of its streams. */
export interface Printed {
  /** Bytes. */
  size: number;
  /** The last `TAIL_BYTES` of it, or everything if it is shorter. */
  tail: Uint8Array;
}

export interface Ended {
  exit: Exit;
  /** Bytes of memory that it used, if it was killed because of that. */
  exceeded?: number | undefined;
  stdout: Printed;
  stderr: Printed;
}

/** The default of `graceMs`. */
export const GRACE_MS = 2000;
