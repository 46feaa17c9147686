import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { modelCreated, writeModel } from '../openai-family/models.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'

const millisecondsPerSecond = 1000

/** Unlike everybody else's, the time is in milliseconds. */
export function writePoeModel(row: ModelRow): JsonObject {
  const { does, operations } = row
  const output = operations.includes('chat') ? 'text' : operations[0]
  return {
    ...writeModel(row),
    created: modelCreated * millisecondsPerSecond,
    description: does,
    architecture: {
      input_modalities: ['text'],
      output_modalities: [output === 'images' ? 'image' : (output ?? 'text')],
    },
  }
}

/** What is left on the account. */
export const balanceRoute: Route = () => wholeReply({ current_point_balance: 295_932_027 })
