// Which tools there are and which are to be called, as the target takes it.

import type { ChatRequest, Json, JsonObject, Quirks, Tool, ToolChoice } from '@aigne-hub/protocol'
import { writeTool, writeToolChoice } from './tools.ts'
import type { WriteContext } from './write-context.ts'

/** @throws HubError `unsupported_parameter` for a tool that only another dialect has. */
export function writeTools(request: ChatRequest, context: WriteContext): JsonObject {
  const { tools, choice } = offered(request, context)
  const written: Json[] = []
  tools?.forEach((tool) => {
    const wire = writeTool(tool, request.tools?.indexOf(tool) ?? 0, context)
    if (wire !== undefined) written.push(wire)
  })
  return {
    tools: written.length > 0 ? written : undefined,
    tool_choice: choice && writtenChoice(choice, context.target.quirks),
    parallel_tool_calls: request.parallelToolCalls,
  }
}

/** Whether a choice has to be said by offering only some of the tools. */
export function narrowsTools(
  choice: ToolChoice | undefined,
  { noNamedToolChoice, noAllowedTools }: Quirks,
): boolean {
  if (choice === undefined || typeof choice === 'string') return false
  return noNamedToolChoice === true || (noAllowedTools === true && choice.type === 'allowed')
}

/** The tools and the choice among them; where only some can be chosen, those alone. */
function offered(
  { tools, toolChoice: choice }: ChatRequest,
  { target, losses }: WriteContext,
): { tools: Tool[] | undefined; choice: ToolChoice | undefined } {
  if (choice === undefined || typeof choice === 'string' || !narrowsTools(choice, target.quirks)) {
    return { tools, choice }
  }
  const names = choice.type === 'allowed' ? choice.tools.map(({ name }) => name) : [choice.name]
  const chosen = tools?.filter((tool) => tool.type !== 'server' && names.includes(tool.name))
  const mode = choice.type === 'allowed' ? choice.mode : 'required'
  if (chosen && chosen.length > 0) return { tools: chosen, choice: mode }
  losses.meaning('tool_choice')
  return { tools, choice: undefined }
}

function writtenChoice(choice: ToolChoice, { requiredToolChoice }: Quirks): Json {
  return choice === 'required' ? (requiredToolChoice ?? choice) : writeToolChoice(choice)
}
