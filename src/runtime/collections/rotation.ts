/** The node of a value in a `Rotation`. It is in at most one rotation at a time. */
export class RotationNode<T> {
  readonly value: T;
  prev: RotationNode<T>;
  next: RotationNode<T>;
  rotation: Rotation<T> | undefined = undefined;

  constructor(value: T) {
    this.value = value;
    this.prev = this;
    this.next = this;
  }
}

/** Values that take turns: a circular linked list, so that adding and removing are O(1). */
export class Rotation<T> {
  /** The value whose turn it is. */
  first: RotationNode<T> | undefined = undefined;
  size = 0;

  /** Adds a node behind all others. */
  add(link: RotationNode<T>): void {
    const first = this.first;
    if (first === undefined) {
      link.prev = link;
      link.next = link;
      this.first = link;
    } else {
      link.prev = first.prev;
      link.next = first;
      first.prev.next = link;
      first.prev = link;
    }
    link.rotation = this;
    this.size++;
  }

  remove(link: RotationNode<T>): void {
    if (this.first === link) this.first = link.next === link ? undefined : link.next;
    link.prev.next = link.next;
    link.next.prev = link.prev;
    link.rotation = undefined;
    this.size--;
  }

  /** Ends the turn of the first value: the next one becomes the first. */
  rotate(): void {
    this.first = this.first?.next;
  }

  /**
   * Returns the first value and ends its turn.
   * @throws RangeError if there is none
   */
  takeTurn(): T {
    const { first } = this;
    if (first === undefined) throw new RangeError("nothing is left to take turns");
    this.first = first.next;
    return first.value;
  }

  *[Symbol.iterator](): Iterator<T> {
    let link = this.first;
    for (let i = 0; i < this.size && link !== undefined; i++) {
      yield link.value;
      link = link.next;
    }
  }
}
