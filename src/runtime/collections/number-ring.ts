const SMALLEST = 16;
/** An empty ring with a larger capacity than this frees its buffer. */
const SPARE = 16_384;

/** A double-ended queue of task numbers in one growing buffer. Its capacity is a power of two. */
export class NumberRing {
  length = 0;
  private items = new Uint32Array(SMALLEST);
  private head = 0;

  get capacity(): number {
    return this.items.length;
  }

  /** The queue must not be empty. */
  get first(): number {
    return this.items[this.head];
  }

  pushLast(task: number): void {
    if (this.length === this.items.length) this.enlarge();
    this.items[(this.head + this.length++) & (this.items.length - 1)] = task;
  }

  /** The queue must not be empty. */
  takeFirst(): number {
    const task = this.items[this.head];
    this.head = (this.head + 1) & (this.items.length - 1);
    this.shortened();
    return task;
  }

  /** The queue must not be empty. */
  takeLast(): number {
    const task = this.items[(this.head + this.length - 1) & (this.items.length - 1)];
    this.shortened();
    return task;
  }

  toArray(): number[] {
    return Array.from(
      { length: this.length },
      (_, i) => this.items[(this.head + i) & (this.items.length - 1)],
    );
  }

  private shortened(): void {
    this.length--;
    if (this.length === 0 && this.items.length > SPARE) {
      this.items = new Uint32Array(SMALLEST);
      this.head = 0;
    }
  }

  private enlarge(): void {
    const larger = new Uint32Array(this.items.length * 2);
    larger.set(this.items.subarray(this.head));
    larger.set(this.items.subarray(0, this.head), this.items.length - this.head);
    this.items = larger;
    this.head = 0;
  }
}
