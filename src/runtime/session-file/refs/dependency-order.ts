/**
 * Orders the tasks so that each comes after the tasks it depends on. `onCycle` gets each cycle, as `[a, b]`
 * if `a` depends on `b` and `b` on `a`; the order ignores the dependency that closes the cycle.
 */
export function dependencyOrder(
  needs: readonly (readonly number[])[],
  onCycle: (cycle: number[]) => void,
): number[] {
  const order: number[] = [];
  const state = new Uint8Array(needs.length);
  // An explicit stack: a chain of tasks may be longer than the call stack allows.
  const stack: number[] = [];
  const next: number[] = [];
  for (let root = 0; root < needs.length; root++) {
    if (state[root] !== UNSEEN) continue;
    stack.push(root);
    next.push(0);
    state[root] = ON_STACK;
    for (let task = stack.at(-1); task !== undefined; task = stack.at(-1)) {
      const position = next.pop() ?? 0;
      const need = needs[task]?.[position];
      if (need === undefined) {
        state[task] = DONE;
        order.push(task);
        stack.pop();
        continue;
      }
      next.push(position + 1);
      if (state[need] === UNSEEN) {
        state[need] = ON_STACK;
        stack.push(need);
        next.push(0);
      } else if (state[need] === ON_STACK) {
        onCycle(stack.slice(stack.indexOf(need)));
      }
    }
  }
  return order;
}

const UNSEEN = 0;
const ON_STACK = 1;
const DONE = 2;
