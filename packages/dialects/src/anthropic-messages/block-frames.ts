import type { JsonObject } from '@aigne-hub/protocol'

/** One frame. Its name is the type of its event. */
export function frame(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

/**
 * The frames of blocks, one after the other. Most differ in one string, so they are put together as text.
 */
export class BlockFrames {
  /** Which block is open, or comes next. */
  #index = 0

  start(block: JsonObject): string {
    return `event: content_block_start\ndata: {"type":"content_block_start","index":${this.#index},"content_block":${JSON.stringify(block)}}\n\n`
  }

  text(text: string): string {
    return this.#delta(`{"type":"text_delta","text":${JSON.stringify(text)}}`)
  }

  thinking(thinking: string): string {
    return this.#delta(`{"type":"thinking_delta","thinking":${JSON.stringify(thinking)}}`)
  }

  signature(signature: string): string {
    return this.#delta(`{"type":"signature_delta","signature":${JSON.stringify(signature)}}`)
  }

  /** @param json a piece of an input. */
  input(json: string): string {
    return this.#delta(`{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}`)
  }

  citation(citation: JsonObject): string {
    return this.#delta(`{"type":"citations_delta","citation":${JSON.stringify(citation)}}`)
  }

  /** @param delta as JSON text. */
  #delta(delta: string): string {
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":${delta}}\n\n`
  }

  stop(): string {
    return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${this.#index++}}\n\n`
  }

  /** A block of which nothing more will come: what usually comes in pieces does so here. */
  whole(block: JsonObject): string {
    const { type, input, signature } = block
    if (type === 'server_tool_use') {
      return this.start({ ...block, input: {} }) + this.input(JSON.stringify(input)) + this.stop()
    }
    if (type === 'thinking') {
      return (
        this.start({ ...block, signature: '' }) + this.signature(signature as string) + this.stop()
      )
    }
    return this.start(block) + this.stop()
  }
}
