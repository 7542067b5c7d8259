// What a mutation run changes in a module: one small thing at a time, each of which some test should notice.
import { parseAst } from 'vitest/node'

export interface Mutation {
  start: number
  end: number
  text: string
  what: string
}

/** A node of the syntax tree (ESTree), with the fields that are looked at here. */
interface Node {
  type: string
  start: number
  end: number
  operator?: string
  left?: Node
  test?: Node
  property?: Node
  name?: string
  value?: unknown
  computed?: boolean
  directive?: string | null
}

const OTHER: Record<string, string> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '-': '+',
}
const OTHER_METHOD: Record<string, string> = {
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  min: 'max',
  max: 'min',
}

/** All changes of a module's text, in its order; types, imports and names of properties are left alone. */
export function mutationsOf(source: string): Mutation[] {
  const found: Mutation[] = []
  const textOf = (node: Node) => source.slice(node.start, node.end)
  const add = (node: Node, text: string, what = `${textOf(node)} → ${text}`) =>
    found.push({ start: node.start, end: node.end, text, what })
  walk(parseAst(source, { lang: 'ts' }), (node) => {
    const { type, operator = '', left, test, property, value } = node
    const other = OTHER[operator]
    if ((type === 'BinaryExpression' || type === 'LogicalExpression') && left !== undefined && other !== undefined) {
      const start = source.indexOf(operator, left.end)
      add({ type, start, end: start + operator.length }, other)
    }
    if ((type === 'IfStatement' || type === 'ConditionalExpression') && test !== undefined) add(test, `!(${textOf(test)})`)
    if (type === 'ExpressionStatement' && !node.directive) add(node, ';', 'statement removed')
    const method = type === 'MemberExpression' && node.computed !== true ? OTHER_METHOD[property?.name ?? ''] : undefined
    if (method !== undefined && property !== undefined) add(property, method)
    if (type !== 'Literal') return
    if (typeof value === 'boolean') add(node, String(!value))
    if (typeof value === 'number') add(node, String(value + 1))
    if (typeof value === 'string' && value !== '') add(node, "''")
  })
  return found.toSorted((a, b) => a.start - b.start)
}

/** Nodes that hold values and look like types. */
const VALUES = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'])

function walk(node: unknown, visit: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) {
    for (const each of node) walk(each, visit)
    return
  }
  const { type, computed } = node as Partial<Node>
  if (type === undefined || type === 'ImportDeclaration' || (type.startsWith('TS') && !VALUES.has(type))) return
  visit(node as Node)
  for (const [field, child] of Object.entries(node))
    if (field !== 'parent' && field !== 'typeAnnotation' && (field !== 'key' || computed === true)) walk(child, visit)
}
