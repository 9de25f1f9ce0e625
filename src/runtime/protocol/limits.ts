/** What either side of a connection accepts from the other. Sizes in bytes, times in milliseconds. */

/** For the TCP connection alone: it is made even when the server is busy. */
export const CONNECT_TIMEOUT_MS = 1_500;

export const MAX_HELLO_BYTES = 1 << 20;
export const HELLO_TIMEOUT_MS = 10_000;

export const MAX_FRAME_BYTES = 256 * 2 ** 20;
/** Messages of one tick are split into frames of about this size. */
export const FRAME_BYTES = 4 * 2 ** 20;

/** A graph travels in chunks of about so many tasks and bytes at most. */
export const CHUNK_TASKS = 100_000;
export const CHUNK_BYTES = 16 * 2 ** 20;
/** What the server holds for a client of graphs that have not come whole. */
export const MAX_HELD_BYTES = 2 ** 30;

/** Constants up to this size ride along with the submit; larger ones are uploaded before it. */
export const MAX_INLINE_CONSTANT_BYTES = 16 * 1024;

/** The tar of a plugin with its dependencies. */
export const MAX_PLUGIN_BYTES = 512 * 2 ** 20;

export const PING_INTERVAL_MS = 5_000;
/** On links that can resume: there a peer that was only busy loses nothing. */
export const RESUMABLE_PING_INTERVAL_MS = 1_500;
/** A peer that sends nothing during so many intervals is dead: after 20 s, or 8 s. */
export const SILENT_INTERVALS = 4;

export const ACK_EVERY_FRAMES = 64;
export const ACK_DELAY_MS = 50;

/** How long a closing connection may take to send what it still has. */
export const LINGER_MS = 5_000;

/** Kept results up to this size are held by the server, too, so that they outlive their worker. */
export const MAX_COPY_BYTES = 4 << 10;
