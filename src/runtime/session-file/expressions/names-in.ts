/** The parameters and matrix keys in an expression: `params.file`, `matrix.name`. */
export function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\b(params|matrix)(?:\.(\w+)|\[\s*["']([^"']+)["']\s*\])/g)].map(
    ([, of, name, quoted]) => `${of}.${name ?? quoted}`,
  );
}
