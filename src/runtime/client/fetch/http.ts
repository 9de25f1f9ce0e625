// A separate module, so that undici is loaded only when it is needed. In a bundle, a CommonJS package has named exports only
// for static imports.
export { Agent, request } from "undici";
