import type { ErrorStyle } from '../openai-family/vendor.ts'

const millisecondsPerSecond = 1000

export const errors: ErrorStyle = {
  table: {
    modelNotFound: { type: null, code: 'DeploymentNotFound' },
    notFound: { type: null, code: '404' },
    rateLimited: { type: null, code: '429' },
    quotaExhausted: { status: 429, type: null, code: 'insufficient_quota' },
    overloaded: { status: 503 },
  },
  write({ kind, status, message, type, param, code, more }) {
    // The gateway in front of the models has a form of its own.
    if (kind === 'unauthorized') return { statusCode: status, message }
    if (kind === 'forbidden') return { error: { code: 'AccessDenied', message } }
    if (kind === 'modelNotFound') {
      const what =
        'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.'
      return { error: { code, message: what } }
    }
    return kind === 'notFound' || kind === 'rateLimited'
      ? { error: { code, message } }
      : { error: { message, type, param, code, ...more } }
  },
  headers({ kind }, given) {
    if (kind !== 'rateLimited') return []
    const seconds = Number(given.find(([name]) => name === 'retry-after')?.[1])
    return Number.isFinite(seconds)
      ? [['retry-after-ms', String(seconds * millisecondsPerSecond)]]
      : []
  },
}
