/** State of an object. `failed` means that it will never be made, because its task failed or was skipped. */
export type ObjectState = "pending" | "present" | "released" | "failed";
