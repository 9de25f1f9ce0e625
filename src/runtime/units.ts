import { RainError } from "./errors.ts";

const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;

const BYTES = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
} as const;

/** Texts that `parseSize` accepts. */
export const SIZE = /^(\d+(?:\.\d+)?) ?([Bb]|[KMGTkmgt]i?[Bb])?$/;
/** Texts that `parseDuration` accepts. */
export const DURATION = /^(?:\d+(?:\.\d+)?|(?:\d+(?:\.\d+)?(?:ms|[dhms]))+)$/;

/** Parses `90s`, `5m`, `1h30m`, `250ms` or a number of seconds. Returns seconds. @throws RainError USAGE */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) {
    throw new RainError("USAGE", `${JSON.stringify(text)} is not a duration`, {
      hint: "Write a duration such as 90s, 5m or 1h30m.",
    });
  }
  const parts = text.match(/\d+(?:\.\d+)?(?:ms|[dhms])/g);
  if (parts === null) return Number(text);
  return parts.reduce((sum, part) => {
    const unit = part.replace(/^[\d.]+/, "") as keyof typeof SECONDS;
    return sum + Number.parseFloat(part) * SECONDS[unit];
  }, 0);
}

/** Parses `500MB`, `1.5 GiB` or a number of bytes. Returns bytes. @throws RainError USAGE */
export function parseSize(text: string): number {
  const [, number, unit = "B"] = SIZE.exec(text) ?? [];
  if (number === undefined || !Object.hasOwn(BYTES, unit.toLowerCase())) {
    throw new RainError("USAGE", `${JSON.stringify(text)} is not a size`, {
      hint: "Write a size such as 500MB or 1.5GiB.",
    });
  }
  return Math.round(Number(number) * BYTES[unit.toLowerCase() as keyof typeof BYTES]);
}
