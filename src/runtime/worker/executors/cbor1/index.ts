/** Executors in any language: processes that speak cbor-1. */
export { type CommandDriverOptions, commandDriver } from "./driver.ts";
