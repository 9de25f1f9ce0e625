// Writes the types of the messages in full. In the sources, they are inferred from schemas. The type declarations of the package
// must not need the library of the schemas.
import { dirname, relative } from "node:path";
import ts from "typescript";

/** Returns the text of a `.d.ts` file that declares all types that the source file `entry` exports. */
export function flattenTypes(program, entry) {
  return new TypeWriter(program.getTypeChecker(), program.getSourceFile(entry)).text();
}

class TypeWriter {
  #checker;
  #folder;
  /** The types to declare, with their symbols. Types of other folders are imported instead. */
  #declared = new Map();
  #reexports = [];
  #imports = new Map();

  constructor(checker, source) {
    this.#checker = checker;
    this.#folder = dirname(source.fileName);
    for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
      const symbol = checker.getAliasedSymbol(exported);
      const from = symbol.declarations[0].getSourceFile().fileName;
      if (dirname(from) === this.#folder) this.#declared.set(checker.getDeclaredTypeOfSymbol(symbol), symbol);
      else this.#reexports.push(`export type { ${symbol.name} } from "${this.#pathTo(from)}";`);
    }
  }

  text() {
    const declarations = [...this.#declared].map(([type, symbol]) => this.#declaration(type, symbol));
    const imports = [...this.#imports].map(([name, path]) => `import type { ${name} } from "${path}";`);
    return [...imports, ...this.#reexports, "", ...declarations, ""].join("\n");
  }

  #declaration(type, symbol) {
    const isInterface = (type.flags & ts.TypeFlags.Object) !== 0 && !this.#checker.isTupleType(type);
    const text = isInterface
      ? `export interface ${symbol.name} ${this.#object(type, "")}`
      : `export type ${symbol.name} = ${this.#structure(type, "")};`;
    return comment(this.#documentation(symbol), "") + text;
  }

  /** The comment of a type, or of the schema from which it is inferred. */
  #documentation(symbol) {
    const [declaration] = symbol.declarations;
    const schema = ts.isTypeAliasDeclaration(declaration) && declaration.type.typeArguments?.[0];
    const documented =
      schema && ts.isTypeQueryNode(schema) ? this.#checker.getSymbolAtLocation(schema.exprName) : symbol;
    return documented.getDocumentationComment(this.#checker);
  }

  #type(type, indent) {
    // A union of literals may be identical to a named one by chance.
    const declared = type.isUnion() ? undefined : this.#declared.get(type);
    if (declared) return declared.name;
    const named = type.aliasSymbol ?? type.symbol;
    const from = named?.declarations?.[0]?.getSourceFile();
    const isNamed = type.aliasSymbol !== undefined || type.symbol?.flags & ts.SymbolFlags.Interface;
    if (isNamed && !type.aliasTypeArguments && !/node_modules/.test(from.fileName)) {
      if (dirname(from.fileName) !== this.#folder) {
        this.#imports.set(named.name, this.#pathTo(from.fileName));
        return named.name;
      }
    }
    return this.#structure(type, indent);
  }

  #structure(type, indent) {
    const checker = this.#checker;
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type).map((item) => this.#type(item, indent));
      return `[${items.join(", ")}]`;
    }
    if (checker.isArrayType(type)) {
      const item = this.#type(checker.getTypeArguments(type)[0], indent);
      return /[|&]/.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
    }
    const isLiteral = (part) => (part.flags & ts.TypeFlags.Literal) !== 0;
    if (type.isUnion() && !type.types.every(isLiteral)) {
      return type.types.map((part) => this.#type(part, indent)).join(" | ");
    }
    const isAnonymous = (type.symbol?.flags & ts.SymbolFlags.TypeLiteral) !== 0 && type.symbol !== undefined;
    if (isAnonymous && !type.aliasSymbol && type.getProperties().length > 0)
      return this.#object(type, indent);
    return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  }

  #object(type, indent) {
    const inner = `${indent}    `;
    const properties = type.getProperties().map((property) => {
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const whole = this.#checker.getTypeOfSymbol(property);
      const value = isOptional && whole.isUnion() ? this.#defined(whole, inner) : this.#type(whole, inner);
      const text = `${inner}${property.name}${isOptional ? "?" : ""}: ${value};\n`;
      return comment(property.getDocumentationComment(this.#checker), inner) + text;
    });
    return `{\n${properties.join("")}${indent}}`;
  }

  /** The type of an optional property without `undefined`. */
  #defined(type, indent) {
    return this.#type(this.#checker.getNonNullableType(type), indent);
  }

  #pathTo(file) {
    const path = relative(this.#folder, file).replace(/\.ts$/, ".js");
    return path.startsWith(".") ? path : `./${path}`;
  }
}

function comment(parts, indent) {
  const text = ts.displayPartsToString(parts);
  if (text === "") return "";
  const lines = text.split("\n");
  if (lines.length === 1) return `${indent}/** ${text} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}
