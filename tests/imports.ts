import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'

export interface Import {
  /** File and specifier, for messages. */
  from: string
  specifier: string
  /** Leaves nothing behind when types are stripped. */
  typeOnly: boolean
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
}

/** Every module a file of TypeScript names: imports, re-exports, dynamic imports, import types. */
function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const imports: Import[] = []
  const add = (module: ts.Node | undefined, typeOnly: boolean) => {
    if (module === undefined) return
    if (!ts.isStringLiteralLike(module)) throw new Error(`${file}: a module name that is computed.`)
    imports.push({ from: file, specifier: module.text, typeOnly })
  }
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnly(node))
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return imports
}

/** The imports of a package's published source: all of `src` but its tests and what only they use. */
export function publishedImports(path: string): Import[] {
  const isForTests = (file: string) => file.endsWith('.test.ts') || file.includes('/testing/')
  return globSync('src/**/*.ts', { cwd: path })
    .map((file) => `${path}/${file}`)
    .filter((file) => !isForTests(file))
    .flatMap(importsOf)
}

/** `@aigne-hub/core` of `@aigne-hub/core/x`, `yaml` of `yaml/y`; undefined for a relative import. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
