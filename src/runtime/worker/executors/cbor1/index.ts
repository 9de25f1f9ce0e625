/** Executors in any language: processes that speak cbor-1. */
export { commandDriver } from "./driver.ts";
