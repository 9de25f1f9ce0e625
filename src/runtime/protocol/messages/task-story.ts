import type { ErrorJson } from "../../errors.ts";
import type { TaskState, TaskTitle } from "./descriptions.ts";

/** Why something about a task is as it is: for machines and for people. */
export interface Because<Kind extends string> {
  by: Kind;
  text: string;
}

/** One run of a task, or what was to become one. Times are milliseconds since the epoch on the server's clock. */
export interface TaskRunStory {
  worker: number;
  assignedAt: number;
  /** When it began: of short runs only once they have ended. */
  startedAt?: number;
  endedAt?: number;
  /** `returned`: asked back before it began; `unfed`: given back since an input did not come; `stopped`: with its session. */
  outcome: "assigned" | "running" | "finished" | "failed" | "lost" | "returned" | "unfed" | "stopped";
  /** Why on this worker: it may run only on some, no other fits, it failed on others, its inputs were there, or its turn had come. */
  placed: Because<"where" | "only" | "failures" | "inputs" | "turn">;
  /** Why there was a run after an earlier one. */
  again?: Because<"failure" | "worker-lost" | "input-missing" | "output-lost" | "returned">;
  /** Seconds. */
  duration?: number;
  /** Of a failed run: the how manieth it was, of how many at most, and when the next begins at the earliest. */
  attempt?: number;
  attempts?: number;
  retryAt?: number;
  error?: ErrorJson;
  debug?: string;
  stdout?: string;
  stderr?: string;
}

/** Why a task does not run now. */
export interface WaitingStory {
  /** How many tasks that make its inputs have not finished, and the first of them. */
  inputs: number;
  tasks: (TaskTitle & { state: TaskState; worker?: number })[];
  /** When it runs again after a failure, at the earliest. */
  retryAt?: number;
  /** Of a ready task: why not on this worker, for each. */
  workers: { worker: number; reason: string }[];
}

/** What `rain why` tells. */
export interface TaskStory extends TaskTitle {
  session: number;
  state: TaskState;
  waiting?: WaitingStory;
  runs: TaskRunStory[];
  /** Of a skipped task: the failed one whose output it needs. */
  because?: TaskTitle;
  /** What ended a task that will not finish. */
  error?: ErrorJson;
}
