import type { Random } from "./random.ts";
import type { Target } from "./target.ts";

/** A way in, and how to bring mutated inputs to it. */
export interface Entry {
  name: string;
  /** Of all inputs, so many parts go here: those that take long get few. */
  share: number;
  open(target: Target): Promise<Feeder>;
}

export interface Feeder {
  /**
   * Makes one input of this random alone, and brings it in. Settles when the other side has dealt with it, or when it is on its way.
   * @throws Error for an answer that must not be, such as that Rain is at fault
   */
  feed(random: Random): Promise<void>;
  /** Ends what is under way, and settles when the other side has noticed. */
  close(): Promise<void>;
}
