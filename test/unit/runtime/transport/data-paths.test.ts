import { describe, expect, it } from "vitest";
import {
  dataBatchPath,
  dataObjectPath,
  infoHeaders,
  infoOfHeaders,
  parseDataPath,
} from "../../../../src/runtime/transport/data-paths.ts";

describe("paths of the data plane", () => {
  it("name an object, or a batch of a session", () => {
    expect(parseDataPath(dataObjectPath(3, 14))).toEqual({ session: 3, object: 14 });
    expect(parseDataPath(dataBatchPath(3))).toEqual({ session: 3, object: "batch" });
  });

  it.each([
    "/",
    "/objects",
    "/objects/0/1",
    "/objects/1/-1",
    "/objects/1/2/3",
    "/objects/1/x",
    "/objects/1/../2",
  ])("do not include %s", (path) => expect(parseDataPath(path)).toBeUndefined());
});

describe("headers of the data plane", () => {
  it("contain the facts about an object, with any content type", () => {
    const info = { size: 5, dataType: "blob", contentType: "user/Größe\r\n" } as const;
    const headers = infoHeaders(info);
    expect(Object.values(headers).join("")).toMatch(/^[\x21-\x7e]*$/);
    expect(infoOfHeaders(headers)).toEqual(info);
  });

  it("may omit the size", () => {
    expect(infoOfHeaders({ "x-rain-data-type": "blob", "content-length": "7" }).size).toBe(7);
    expect(infoOfHeaders({ "x-rain-data-type": "dir" })).toEqual({
      dataType: "dir",
      contentType: "",
      size: undefined,
    });
  });

  it.each([
    [{}],
    [{ "x-rain-data-type": "socket" }],
    [{ "x-rain-data-type": "blob", "x-rain-size": "-1" }],
    [{ "x-rain-data-type": "blob", "x-rain-content-type": "%" }],
  ])("are refused when they make no sense: %j", (headers) => {
    expect(() => infoOfHeaders(headers)).toThrow(expect.objectContaining({ code: "INVALID_MESSAGE" }));
  });
});
