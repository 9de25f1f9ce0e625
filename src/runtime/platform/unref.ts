/** Lets this process end although the pipe to a child process is open. The types of Node hide that such a stream is a socket. */
export function unref(stream: object): void {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref();
}
