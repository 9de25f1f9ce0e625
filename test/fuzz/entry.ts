import type { Random } from "./random.ts";
import type { Target } from "./target.ts";

/** An entry point of Rain for mutated inputs. */
export interface Entry {
  name: string;
  /** The weight of this entry in the distribution of the inputs. Slow entries have small weights. */
  share: number;
  open(target: Target): Promise<Feeder>;
}

export interface Feeder {
  /**
   * Makes an input that depends only on `random`, and sends it. Waits until Rain has handled it, or until it is sent.
   * @throws Error for an invalid answer, such as an internal error of Rain
   */
  feed(random: Random): Promise<void>;
  /** Ends connections and waits until Rain has noticed. */
  close(): Promise<void>;
}
