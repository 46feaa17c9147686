// The tool calls of one streamed answer. Seen in the family: fragments told apart by `index`; whole
// calls in one delta, with no index or all with the same; ids and names blank, repeated, or late.

import {
  type ChatEvent,
  isJsonObject,
  type Json,
  type JsonObject,
  type Signature,
} from '@aigne-hub/protocol'
import { inputText, inventedCallId, thoughtSignature } from './tool-calls.ts'

interface OpenCall {
  /** The part's index once it has started: a call starts when its name is known. */
  index: number | undefined
  wireIndex: number | undefined
  id: string
  name: string
  kind: 'function' | 'custom'
  /** What came before the name. */
  held: string
  signature: Signature | undefined
}

export class ToolCallReader {
  readonly #choice: number
  readonly #seed: string
  readonly #vendor: string
  readonly #begin: (out: ChatEvent[]) => number
  readonly #calls: OpenCall[] = []

  /**
   * @param seed distinguishes the ids invented for this answer's calls.
   * @param begin ends what is being said and gives the index of the next part.
   */
  constructor(choice: number, seed: string, vendor: string, begin: (out: ChatEvent[]) => number) {
    this.#choice = choice
    this.#seed = seed
    this.#vendor = vendor
    this.#begin = begin
  }

  read({ tool_calls: list, function_call: legacy }: JsonObject, out: ChatEvent[]): void {
    if (Array.isArray(list)) {
      for (const item of list) if (isJsonObject(item)) this.#readCall(item, out)
    } else if (isJsonObject(legacy)) this.#readCall({ index: 0, function: legacy }, out)
  }

  /** Ends every call. @returns whether there were any. */
  finish(out: ChatEvent[]): boolean {
    for (const call of this.#calls) {
      this.#start(call, out)
      const index = call.index as number
      const { signature } = call
      out.push({
        type: 'partEnd',
        choice: this.#choice,
        index,
        ...(signature && { signature }),
      })
    }
    return this.#calls.length > 0
  }

  #readCall(wire: JsonObject, out: ChatEvent[]): void {
    const kind = isJsonObject(wire.custom) ? 'custom' : 'function'
    const named = isJsonObject(wire[kind]) ? wire[kind] : {}
    const id = textOf(wire.id)
    const name = textOf(named.name)
    const call = this.#find(wire.index, id, name) ?? this.#add(wire.index, kind)
    if (call.id === '') call.id = id
    if (call.name === '') call.name = name
    const signature = thoughtSignature(wire)
    if (signature !== undefined) call.signature = { value: signature, vendor: this.#vendor }
    const input = inputText(kind === 'custom' ? named.input : named.arguments)
    if (call.index !== undefined) {
      if (input === '') return
      out.push({ type: 'partDelta', choice: this.#choice, index: call.index, input })
      return
    }
    call.held += input
    if (call.name !== '') this.#start(call, out)
  }

  /** The call that a fragment continues. */
  #find(wireIndex: Json | undefined, id: string, name: string): OpenCall | undefined {
    if (typeof wireIndex === 'number') {
      const call = this.#calls.findLast((open) => open.wireIndex === wireIndex)
      // Another id with a name of its own is another call, though some servers number all of them 0.
      return call && id !== '' && name !== '' && call.id !== '' && call.id !== id ? undefined : call
    }
    if (id !== '') return this.#calls.find((open) => open.id === id)
    return name === '' ? this.#calls.at(-1) : undefined
  }

  #add(wireIndex: Json | undefined, kind: OpenCall['kind']): OpenCall {
    const call: OpenCall = {
      index: undefined,
      wireIndex: typeof wireIndex === 'number' ? wireIndex : undefined,
      id: '',
      name: '',
      kind,
      held: '',
      signature: undefined,
    }
    this.#calls.push(call)
    return call
  }

  #start(call: OpenCall, out: ChatEvent[]): void {
    if (call.index !== undefined) return
    call.index = this.#begin(out)
    if (call.id === '') call.id = inventedCallId(this.#seed, this.#calls.indexOf(call))
    const { id, name, kind, held, index } = call
    out.push({
      type: 'partStart',
      choice: this.#choice,
      index,
      part: { type: 'toolCall', id, name, kind, input: held },
    })
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
