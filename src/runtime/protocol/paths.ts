/*
 * Paths of transfers over plain HTTP. `GET` of an object waits for a kept object and streams it (a `dir` as a tar),
 * with `content-length` if it is known, `x-rain-data-type` and `x-rain-content-type`. `PUT` of a constant uploads a large
 * one before its submit. Errors are `{ "error": ErrorJson }`.
 */

export const objectPath = (session: number, object: number) =>
  `/api/v1/sessions/${session}/objects/${object}`;

export const constantPath = (session: number, object: number) =>
  `/api/v1/sessions/${session}/constants/${object}`;

/** Clients `PUT` the tar of a plugin here. Workers that lack it `GET` it. */
export const pluginPath = (hash: string) => `/api/v1/plugins/${hash}`;
