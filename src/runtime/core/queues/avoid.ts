import { internKind, kindOf } from "../data/graph.ts";
import type { CoreState, Session } from "../data/state.ts";
import { internClass } from "./task-classes.ts";

/*
 * A task that has failed runs again where it has not failed yet, if any worker but those can run it. It becomes one of a class whose
 * demand avoids these workers, and which has its eligible workers at the others: so what has never failed pays nothing for it.
 */

/** From now on the task avoids this worker, too. It must not be in a queue. */
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
