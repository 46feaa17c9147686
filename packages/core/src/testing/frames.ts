// Frames as a provider of OpenAI's dialect streams them.

function chunk(delta: string, finishReason: string): string {
  const choice = `{"index":0,"delta":${delta},"finish_reason":${finishReason}}`
  return `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[${choice}]}\n\n`
}

/** A piece of the answer. */
export const said = (content: string) => chunk(JSON.stringify({ content }), 'null')
/** The answer is over. */
export const finish = chunk('{}', '"stop"')
/** The stream is over. */
export const done = 'data: [DONE]\n\n'
