/**
 * The frames of one stream: numbered without a gap, and the finished items kept for the last of them.
 * Most frames of a stream differ in one string, so they are put together as text.
 */
export class EventFrames {
  /** What the ids of this answer's items end with, before their place. */
  readonly base: string
  /** The finished items as JSON text; an open one is an empty object. */
  readonly output: string[] = []
  /** The next frame's `sequence_number`. */
  next = 0

  constructor(base: string) {
    this.base = base
  }

  /** `fields`: the members behind the type and the number, as JSON text. */
  frame(type: string, fields: string): string {
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.next++},${fields}}\n\n`
  }

  /** The place of a new item. */
  open(): number {
    return this.output.push('{}') - 1
  }

  added(outputIndex: number, item: string): string {
    return this.frame('response.output_item.added', `"output_index":${outputIndex},"item":${item}`)
  }

  done(outputIndex: number, item: string): string {
    this.output[outputIndex] = item
    return this.frame('response.output_item.done', `"output_index":${outputIndex},"item":${item}`)
  }

  /** The members that say which item a frame is about, as JSON text. */
  about(id: string, outputIndex: number): string {
    return `"item_id":${JSON.stringify(id)},"output_index":${outputIndex}`
  }
}
