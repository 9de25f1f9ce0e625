/** Files in the directory of an executor. The worker creates the first two. */
export const STDOUT_FILE = "stdout";
export const STDERR_FILE = "stderr";
export const PROGRESS_FILE = "progress";
