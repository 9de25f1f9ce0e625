/** Limits that both sides of a connection keep to. Sizes in bytes, times in milliseconds. */

/** For the TCP connection alone, which even a busy server accepts. */
export const CONNECT_TIMEOUT_MS = 1_500;

export const MAX_HELLO_BYTES = 1 << 20;
export const HELLO_TIMEOUT_MS = 10_000;

export const MAX_FRAME_BYTES = 256 * 2 ** 20;
/** Messages of one tick are split into frames of about this size. */
export const FRAME_BYTES = 4 * 2 ** 20;

/** A graph is sent in chunks of at most about this many tasks and bytes. */
export const CHUNK_TASKS = 100_000;
export const CHUNK_BYTES = 16 * 2 ** 20;
/** Maximum bytes of incomplete graphs that the server keeps for a client. */
export const MAX_PENDING_GRAPH_BYTES = 2 ** 30;

/** Constants up to this size are part of the submit. Larger ones are uploaded before it. */
export const MAX_INLINE_CONSTANT_BYTES = 16 * 1024;

/** Maximum bytes of the tar of a plugin with its dependencies. */
export const MAX_PLUGIN_BYTES = 512 * 2 ** 20;

export const PING_INTERVAL_MS = 5_000;
/** Shorter for resumable links, which can be suspended early: a peer that was only busy loses nothing. */
export const RESUMABLE_PING_INTERVAL_MS = 1_500;
/** A peer that sends nothing for this many intervals is assumed dead: after 20 s, or 6 s on a resumable link. */
export const SILENT_INTERVALS = 4;

export const ACK_EVERY_FRAMES = 64;
export const ACK_DELAY_MS = 50;

/** Time for a closing connection to send its remaining data. */
export const LINGER_MS = 5_000;

/** The server also stores kept results up to this size, so that they outlive their worker. */
export const MAX_COPY_BYTES = 4 << 10;
