const decoder = new TextDecoder()

/**
 * A stream of server-sent events as one growing JSON array, which is how Google streams unless it is
 * asked for `alt=sse`. Comments become white space, so that they still keep a connection alive.
 * @param body each piece holds whole events.
 */
export async function* jsonArrayStream(
  body: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string, void> {
  let separator = '['
  for await (const piece of body) {
    let text = ''
    for (const frame of framesOf(piece)) {
      const data = dataOf(frame)
      text += data === undefined ? '\n' : separator + data
      if (data !== undefined) separator = ',\r\n'
    }
    yield text
  }
  yield separator === '[' ? '[]' : ']'
}

function framesOf(piece: Uint8Array | string): string[] {
  const text = typeof piece === 'string' ? piece : decoder.decode(piece)
  return text.split(/\r?\n\r?\n/).filter((frame) => frame !== '')
}

function dataOf(frame: string): string | undefined {
  const lines = frame.split(/\r?\n/).filter((line) => line.startsWith('data:'))
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(5).trim()).join('')
}
