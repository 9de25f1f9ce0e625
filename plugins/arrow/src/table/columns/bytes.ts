/** A buffer that grows at its end. */
export class GrowingBytes {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Reserves space for this many more bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  append(part: Uint8Array): void {
    this.reserve(part.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
  }

  appendText(text: string): void {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.reserve(text.length * 3);
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.length += Buffer.from(buffer, byteOffset, byteLength).write(text, this.length, "utf8");
  }

  taken(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

type GrowableArray = Uint8Array | Int32Array | BigInt64Array | Float64Array;

/** Returns the array, or a copy of at least twice its length if `length` does not fit into it. */
export function grown<Values extends GrowableArray>(values: Values, length: number): Values {
  if (length <= values.length) return values;
  const larger = new (values.constructor as new (length: number) => Values)(
    Math.max(length, values.length * 2, 16),
  );
  (larger as Uint8Array).set(values as Uint8Array);
  return larger;
}
