import { describe, expect, it } from "vitest";
import {
  formatAddress,
  parseAddress,
  parseListen,
} from "../../../../../src/runtime/launch/config/address.ts";

describe("parseAddress", () => {
  it.each([
    ["localhost:8080", { host: "localhost", port: 8080 }],
    ["10.0.0.7", { host: "10.0.0.7", port: 7210 }],
    ["[::1]:99", { host: "::1", port: 99 }],
  ])("reads %s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it.each(["", "a b", "host:port", "http://host:1", "::1", "host:70000"])("refuses %j", (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("parseListen", () => {
  it.each([
    ["0", { host: "127.0.0.1", port: 0 }],
    ["7300", { host: "127.0.0.1", port: 7300 }],
    ["127.0.0.2:7300", { host: "127.0.0.2", port: 7300 }],
    ["[::1]:7300", { host: "::1", port: 7300 }],
    ["0.0.0.0:7300", { host: "0.0.0.0", port: 7300 }],
  ])("reads %s", (text, address) => {
    expect(parseListen(text)).toEqual(address);
  });
});
