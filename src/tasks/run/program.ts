/** What is to run, and how. */
export interface Program {
  command: string;
  args: readonly string[];
  cwd: string;
  /** Bytes that it may use, with all that it starts; absent: no limit. */
  memory: number | undefined;
  /** Beside those of this process. */
  variables: Readonly<Record<string, string>>;
  /** A directory on whose file system there is room for what the program prints. */
  scratch: string;
  /** The file to read; absent: nothing. */
  stdin: string | undefined;
  /** The files to make of what is printed; absent: only the end of it is kept. */
  stdout: string | undefined;
  stderr: string | undefined;
}

/** How a program ended: one of the two. */
export interface Exit {
  code: number | null;
  /** Such as `SIGKILL`. */
  signal: string | null;
}

/** What a program printed to one of its streams. */
export interface Printed {
  /** Bytes. */
  size: number;
  /** The last `TAIL_BYTES`, which is everything when `size` is no larger. */
  tail: Uint8Array;
}

export interface Ended {
  exit: Exit;
  /** Bytes of memory that it used when it was killed for that. */
  exceeded?: number | undefined;
  stdout: Printed;
  stderr: Printed;
}

/** Bytes at the end of what a program printed that are kept in memory. */
export const TAIL_BYTES = 8192;

/** Time between the request to end and the kill. */
export const GRACE_MS = 2000;
