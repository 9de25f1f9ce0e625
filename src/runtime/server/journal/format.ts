/** The first bytes of every journal: a name and the version of the format. */
export const MAGIC = Buffer.from("RAINJ002");

/**
 * Bytes before each CBOR item, all unsigned 32-bit little-endian: its length, its session, and the checksum of
 * both and of the item.
 */
export const FRAME_HEADER = 12;
const CHECKED_HEADER = 8;

/** Returns the header of a record. */
export function frameHeader(session: number, item: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER);
  header.writeUInt32LE(item.length, 0);
  header.writeUInt32LE(session, 4);
  header.writeUInt32LE(checksum(header.subarray(0, CHECKED_HEADER), item), CHECKED_HEADER);
  return header;
}

/**
 * Whether the bytes of a record, including its header, are those that were written. After a power cut, any
 * block of a write that was not synced may have other bytes.
 */
export function isIntact(frame: Uint8Array): boolean {
  const { buffer, byteOffset, byteLength } = frame;
  const stored = new DataView(buffer, byteOffset, byteLength).getUint32(CHECKED_HEADER, true);
  return stored === checksum(frame.subarray(0, CHECKED_HEADER), frame.subarray(FRAME_HEADER));
}

/** The remainders of CRC-32 for each byte. `crc32` of `node:zlib` is not in every version of Node 20. */
const REMAINDERS = new Uint32Array(256).map((_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  return remainder;
});

/** CRC-32 of both parts together. */
function checksum(...parts: [Uint8Array, Uint8Array]): number {
  let crc = 0xffffffff;
  for (const bytes of parts) {
    for (let i = 0; i < bytes.length; i++) crc = REMAINDERS[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
