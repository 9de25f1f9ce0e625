/** Names a task: its name, else its key in the session file, else its number and type. */
export function taskTitle(task: {
  task?: number | undefined;
  name?: string | undefined;
  key?: string | undefined;
  type?: string | undefined;
}): string {
  return task.name ?? task.key ?? `#${task.task} ${task.type ?? ""}`.trimEnd();
}
