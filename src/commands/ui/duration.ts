import { RainError } from "../../runtime/errors.ts";

const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** Seconds of a text such as `90s`, `5m`, `1h30m` or `250ms`; a bare number counts seconds. @throws USAGE */
export function parseDuration(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const parts = text.match(/\d+(?:\.\d+)?(?:ms|[dhms])/g);
  if (parts === null || parts.join("") !== text) {
    throw new RainError("USAGE", `${JSON.stringify(text)} is not a duration`, {
      hint: "Write it like 90s, 5m or 1h30m.",
    });
  }
  return parts.reduce((sum, part) => {
    const unit = part.replace(/^[\d.]+/, "") as keyof typeof SECONDS;
    return sum + Number.parseFloat(part) * SECONDS[unit];
  }, 0);
}
