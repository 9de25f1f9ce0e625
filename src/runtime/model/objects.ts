/** `failed`: it will not be made, since its task has failed or was skipped. */
export type ObjectState = "pending" | "present" | "released" | "failed";
