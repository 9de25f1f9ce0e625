import { internKind, kindOf } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { internClass } from "./task-classes.ts";

/*
 * A failed task runs again on a worker where it has not failed yet, if there is one that can run it. It moves
 * to a task class whose requirements avoid the other workers and which has eligible workers. So tasks that
 * never failed have no extra cost.
 */

/** The task avoids this worker from now on. It must not be in a queue. */
export function avoid(state: CoreState, session: Session, task: number, slot: number): void {
  const { graph } = session;
  const kind = kindOf(graph, task);
  const former = session.classes[kind.class];
  const slots = new Set(former.requirements.avoid).add(slot);
  const number = internClass(state, session, { ...former.requirements, avoid: slots });
  const { measured, seconds } = former;
  const taskClass = session.classes[number];
  if (!taskClass.measured) Object.assign(taskClass, { measured, seconds });
  graph.kind[task] = internKind(graph, { ...kind, class: number });
}
