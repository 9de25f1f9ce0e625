import { Composer, type CST, type ParsedNode, Parser, type Document as YamlAst } from "yaml";
import { RainError } from "../../errors.ts";
import type { Problems } from "../checking/problems.ts";
import type { Document } from "./document.ts";
import { MAX_DEPTH } from "./plain-values.ts";
import { explainSyntaxError } from "./yaml-syntax-errors.ts";
import { YamlValues } from "./yaml-values.ts";

/** Parses YAML 1.2 (core schema). On failure returns `undefined` and reports to `problems`. */
export function parseYaml(text: string, problems: Problems): Document | undefined {
  const tokens = [...new Parser().parse(text)];
  const deep = tokenDeeperThan(tokens, MAX_DEPTH);
  if (deep) {
    problems.error({ offset: deep.offset }, `values are nested more than ${MAX_DEPTH} deep here`);
    return undefined;
  }
  // `YamlValues` checks the keys: the check of the library takes quadratic time.
  const options = {
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
  } as const;
  const [ast, second]: YamlAst.Parsed<ParsedNode, true>[] = [
    ...new Composer(options).compose(tokens, true, text.length),
  ];
  if (!ast) throw new RainError("INTERNAL", "the YAML library returned no document");
  const [fault] = [...ast.errors, ...ast.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (fault) {
    const { offset, message } = explainSyntaxError(fault, text, tokens);
    problems.error({ offset }, message);
    return undefined;
  }
  if (second) {
    problems.error(
      { offset: second.range[0] },
      "a session file contains one YAML document; a second one starts here",
    );
    return undefined;
  }
  const values = new YamlValues(problems);
  const value = values.of(ast.contents);
  if (problems.count > 0) return undefined;
  return { value, locate: (location) => values.locate(ast.contents, location) };
}

/**
 * The first token below this depth. Unlike the library it is not recursive, so deep nesting cannot exhaust
 * the stack.
 */
function tokenDeeperThan(tokens: readonly CST.Token[], limit: number): CST.Token | undefined {
  let level = [...tokens];
  for (let depth = 0; level.length > 0; depth++) {
    const inner: CST.Token[] = [];
    for (const token of level) {
      if ("items" in token) {
        // The first container is at depth 1 below the document.
        if (depth > limit) return token;
        for (const { key, value } of token.items as CST.CollectionItem[]) {
          if (key) inner.push(key);
          if (value) inner.push(value);
        }
      } else if (token.type === "document" && token.value) inner.push(token.value);
    }
    level = inner;
  }
  return undefined;
}
