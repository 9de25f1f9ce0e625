/** Names a task by its name, or else its key in the session file, or else its number and type. */
export function taskTitle(task: {
  task?: number | undefined;
  name?: string | undefined;
  key?: string | undefined;
  type?: string | undefined;
}): string {
  return task.name ?? task.key ?? `#${task.task} ${task.type ?? ""}`.trimEnd();
}
