import type { JsonObject } from '../../json.ts'
import { Problem, type ProblemKind } from '../../problem.ts'
import { wireError } from '../openai/errors.ts'

/** What a vendor says about a problem, whatever the form. */
export interface VendorError {
  kind: ProblemKind
  status: number
  message: string
  type: string | null
  param: string | null
  code: string | null
  /** Whatever else the vendor tells about this one problem. */
  more: JsonObject
}

export type ErrorWording = Partial<Pick<VendorError, 'status' | 'type' | 'code'>>

/** By problem; what is not given is as with OpenAI. */
export type ErrorTable = Readonly<Partial<Record<ProblemKind, ErrorWording>>>

/** A problem that only one vendor has, with a wording of its own. */
export class VendorProblem extends Problem {
  readonly wording: ErrorWording
  readonly more: JsonObject

  constructor(
    kind: ProblemKind,
    message: string,
    wording: ErrorWording,
    rest: { param?: string; more?: JsonObject } = {},
  ) {
    super(kind, message, rest.param)
    this.wording = wording
    this.more = rest.more ?? {}
  }

  override get status(): number {
    return this.wording.status ?? super.status
  }
}

/** What a vendor with this table says about `problem`. */
export function vendorError(problem: Problem, table: ErrorTable = {}): VendorError {
  const own = problem instanceof VendorProblem ? problem.wording : {}
  return {
    kind: problem.kind,
    status: problem.status,
    ...wireError(problem),
    ...table[problem.kind],
    ...own,
    more: problem instanceof VendorProblem ? problem.more : {},
  }
}
