// A module of its own, so that undici is loaded only where it is needed: bundled, a CommonJS package has named exports for
// static imports only.
export { Agent, request } from "undici";
