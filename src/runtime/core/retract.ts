import { NONE, NumberList } from "./column.ts";
import { kindOf } from "./graph.ts";
import { askBack, isBlocked } from "./load.ts";
import { type CoreState, IDLE, type Profile, type Session, type Worker } from "./state.ts";

/** Tasks that take less than this are not worth asking back, unless they stand behind long ones. */
const WORTHWHILE_SECONDS = 0.005;
/** So many workers are looked at for one that has something to give back. */
const MOST_VICTIMS = 4;
/** So many tasks that do not suit are passed over in the search for one that does. */
const MOST_SKIPPED = 16;

/**
 * Whether the worker holds tasks beyond its cpus that an idle one might start earlier. One that owes an
 * answer is left alone.
 */
export function isOverfull(worker: Worker): boolean {
  const { length } = worker.unstarted;
  if (worker.cpusHeld <= worker.cpus || length === 0 || worker.retracting > 0) return false;
  const averageCpus = (worker.cpusHeld - worker.cpusStarted) / length;
  return isBlocked(worker, averageCpus) || worker.backlog >= WORTHWHILE_SECONDS * length;
}

/**
 * Asks overfull workers for tasks on behalf of idle ones, for which nothing is ready. Runs after
 * `fillWorkers`.
 */
export function retractTasks(state: CoreState): void {
  for (const profile of state.profiles) {
    if (profile.wanting[IDLE].size > 0) retractFor(state, profile);
  }
}

/** No more is asked for while as many tasks are on their way back as there are idle workers. */
function retractFor(state: CoreState, profile: Profile): void {
  const idle = profile.wanting[IDLE];
  const idleWorker = idle.first!.value;
  idle.rotate();
  for (let i = Math.min(MOST_VICTIMS, state.overfull.size); i > 0; i--) {
    if (state.retracting >= idle.size) return;
    const { value: victim } = state.overfull.first!;
    state.overfull.rotate();
    ask(state, victim, idleWorker, idle.size);
  }
}

/**
 * Asks for the latest tasks that the idle worker could start at once, leaving the victim its share of the
 * excess.
 */
function ask(state: CoreState, victim: Worker, idleWorker: Worker, idleCount: number): void {
  const { held } = state;
  const wantedCpus = (victim.cpusHeld - victim.cpus) * (idleCount / (idleCount + 1));
  const freeCpus = idleWorker.cpus - idleWorker.cpusHeld;
  const asked = new Map<Session, NumberList>();
  let askedCpus = 0;
  let skipped = 0;
  let entry = victim.unstarted.last;
  while (entry !== NONE && askedCpus < wantedCpus && skipped < MOST_SKIPPED) {
    state.work++;
    const before = held.prev[entry];
    const session = state.sessions.get(held.session[entry])!;
    const task = held.task[entry];
    const taskClass = session.classes[kindOf(session.graph, task).class];
    const suits = taskClass.fits.has(idleWorker.profile) && taskClass.cpus <= freeCpus;
    if (suits && (taskClass.seconds >= WORTHWHILE_SECONDS || isBlocked(victim, taskClass.cpus))) {
      askBack(state, victim, session, task);
      listOf(asked, session).push(task);
      askedCpus += taskClass.cpus;
    } else {
      skipped++;
    }
    entry = before;
  }
  if (askedCpus > 0) state.overfull.remove(victim.overfullLink);
  for (const [session, tasks] of asked) {
    state.effects.push({ kind: "retract", worker: victim.slot, session: session.id, tasks: tasks.take() });
  }
}

function listOf(asked: Map<Session, NumberList>, session: Session): NumberList {
  let list = asked.get(session);
  if (list === undefined) {
    list = new NumberList();
    asked.set(session, list);
  }
  return list;
}
