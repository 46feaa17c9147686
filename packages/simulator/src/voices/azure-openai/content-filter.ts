// What Azure's filters say about everything that goes in and comes out.

import type { JsonObject } from '../../json.ts'
import { VendorProblem } from '../openai-family/errors.ts'

const categories = ['hate', 'self_harm', 'sexual', 'violence'] as const

/** Nothing was found, or the one category that was. */
export function filterResults(found?: (typeof categories)[number]): JsonObject {
  const results: JsonObject = {}
  for (const category of categories) {
    const isFound = category === found
    results[category] = { filtered: isFound, severity: isFound ? 'high' : 'safe' }
  }
  return results
}

/** About the prompt. */
export function promptFilterResults(): JsonObject[] {
  const jailbreak = { filtered: false, detected: false }
  return [{ prompt_index: 0, content_filter_results: { ...filterResults(), jailbreak } }]
}

/** A prompt that is not let through. */
export function blockedPrompt(): VendorProblem {
  const message =
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry."
  const innererror = {
    code: 'ResponsibleAIPolicyViolation',
    content_filter_result: {
      ...filterResults('violence'),
      jailbreak: { filtered: false, detected: false },
    },
  }
  return new VendorProblem(
    'invalidRequest',
    message,
    { type: null, code: 'content_filter' },
    { param: 'prompt', more: { status: 400, innererror } },
  )
}
