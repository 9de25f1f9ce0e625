/** The first bytes of every journal: a name and the version of the format. */
export const MAGIC = Buffer.from("RAINJ001");
/** Bytes before each CBOR item: its length and its session, both unsigned 32-bit little-endian. */
export const FRAME_HEADER = 8;
