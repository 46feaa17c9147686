import type { Part, Signature, ToolCallPart } from '@aigne-hub/protocol'
import type { EventFrames } from './event-frames.ts'
import { callItem } from './items.ts'
import { ownFields } from './own-fields.ts'
import { type Ending, lastCallStatus } from './response-object.ts'
import { callSignatureItem, itemId } from './surface-items.ts'

/** The frames of one tool call. */
export class OpenCall {
  readonly kind = 'call'
  readonly #frames: EventFrames
  readonly #part: ToolCallPart
  readonly #isFunction: boolean
  #about = ''
  #id = ''
  #outputIndex = 0
  #isSigned = false
  #lateSignature: Signature | undefined

  constructor(frames: EventFrames, part: ToolCallPart) {
    this.#frames = frames
    this.#part = { ...part, input: '' }
    this.#isFunction = part.kind === 'function'
    this.#firstInput = part.input
  }

  readonly #firstInput: string

  /** A signature that is known by now stands before its call. */
  started(): string {
    const frames = this.#frames
    const signed = this.#sign(this.#part.signature)
    this.#outputIndex = frames.open()
    const { id } = ownFields(this.#part)
    this.#id =
      typeof id === 'string'
        ? id
        : itemId(this.#isFunction ? 'fc' : 'ctc', frames.base, this.#outputIndex)
    this.#about = frames.about(this.#id, this.#outputIndex)
    const added = frames.added(this.#outputIndex, JSON.stringify(this.#item('in_progress')))
    return signed + added + (this.#firstInput === '' ? '' : this.grow(this.#firstInput))
  }

  grow(input: string): string {
    this.#part.input += input
    const type = this.#isFunction
      ? 'response.function_call_arguments.delta'
      : 'response.custom_tool_call_input.delta'
    return this.#frames.frame(type, `${this.#about},"delta":${JSON.stringify(input)}`)
  }

  /** Its input is complete. `close` has to follow. */
  end(final: Part | undefined, signature: Signature | undefined): string {
    const call = final?.type === 'toolCall' ? final : undefined
    const rest = call?.input.slice(this.#part.input.length) ?? ''
    let frames = rest === '' ? '' : this.grow(rest)
    if (call?.native) this.#part.native = call.native
    const input = JSON.stringify(this.#part.input)
    frames += this.#isFunction
      ? this.#frames.frame(
          'response.function_call_arguments.done',
          `${this.#about},"name":${JSON.stringify(this.#part.name)},"arguments":${input}`,
        )
      : this.#frames.frame(
          'response.custom_tool_call_input.done',
          `${this.#about},"input":${input}`,
        )
    this.#lateSignature = signature ?? call?.signature
    return frames
  }

  /** The item itself. How it ended may be known only when the answer ends. */
  close(ending?: Ending): string {
    const status = ending ? lastCallStatus(this.#part, ending) : 'completed'
    const done = this.#frames.done(this.#outputIndex, JSON.stringify(this.#item(status)))
    return done + this.#sign(this.#lateSignature, this.#part.id)
  }

  #item(status: string) {
    const more = this.#isFunction ? { id: this.#id, status } : { id: this.#id }
    return { ...callItem(this.#part, more), id: this.#id }
  }

  #sign(signature: Signature | undefined, callId?: string): string {
    if (signature === undefined || this.#isSigned) return ''
    this.#isSigned = true
    const frames = this.#frames
    const outputIndex = frames.open()
    const id = itemId('rs', frames.base, outputIndex)
    const item = JSON.stringify(callSignatureItem(signature, id, callId))
    return frames.added(outputIndex, item) + frames.done(outputIndex, item)
  }
}
