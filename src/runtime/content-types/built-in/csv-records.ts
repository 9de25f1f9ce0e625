/** A record with the number of its first line, from 1. */
export interface CsvRecord {
  line: number;
  fields: string[];
}

/** A field and its end: plain, or quoted with inner quotes doubled. */
const FIELD = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;

/**
 * Reads records according to RFC 4180. Lines end with LF or CRLF. Empty lines are skipped.
 * @throws Error with the line
 */
export function readCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const record: CsvRecord = { line, fields: [] };
    const start = at;
    for (;;) {
      FIELD.lastIndex = at;
      // The pattern matches the empty text, so there is always a match.
      const [whole = "", quoted, plain = ""] = FIELD.exec(text) ?? [];
      at += whole.length;
      if (quoted !== undefined) line += countLines(quoted);
      record.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (text[at] !== ",") break;
      at += 1;
    }
    if (text.startsWith("\r\n", at)) at += 2;
    else if (text[at] === "\n") at += 1;
    else if (at < text.length) throw strayCharacter(text, at, line);
    line += 1;
    const isEmptyLine = record.fields.length === 1 && /^\r?\n?$/.test(text.slice(start, at));
    if (!isEmptyLine) records.push(record);
  }
  return records;
}

/** Writes a line for each record, with LF at its end. Quotes fields only where necessary. */
export function writeCsv(records: readonly (readonly string[])[]): string {
  // A record of one empty field would be an empty line.
  return records
    .map((fields) => `${fields.length === 1 && fields[0] === "" ? '""' : fields.map(quoted).join(",")}\n`)
    .join("");
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

function strayCharacter(text: string, at: number, line: number): Error {
  if (text[at] !== '"') {
    return new Error(`line ${line} has ${JSON.stringify(text[at])} where a comma or the end is expected`);
  }
  const isOpen = at === 0 || ",\n".includes(text.charAt(at - 1));
  return new Error(
    isOpen
      ? `the quote that opens on line ${line} is never closed`
      : `line ${line} has a quote within a field`,
  );
}
