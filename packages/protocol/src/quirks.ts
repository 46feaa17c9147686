/** Ways in which servers that speak the same dialect differ, by name. Absent = as the dialect says. */
export interface Quirks {
  /** The one field for the token limit; absent = whichever the caller used. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /**
   * Fields the server refuses, by their wire name: left out and reported as dropped. Top-level ones;
   * for `openai-chat` also `cache_control`, `reasoning_content`, `reasoning_details` and
   * `messages.name`, wherever in the request they stand; for `gemini` also members of
   * `generationConfig`, and `functionCall.id` (ids of calls and results).
   */
  unsupported?: readonly string[]
  /** The server refuses `stream_options`. */
  noStreamOptions?: boolean
  /** Embeddings only as numbers. */
  noBase64Embeddings?: boolean
  /** The images endpoint refuses `response_format`. */
  noImageResponseFormat?: boolean
  /**
   * The reasoning efforts it takes, weakest first. Another one becomes the nearest, stronger if two are
   * as near. Absent = unknown: any is passed on. Empty = it does not reason, and any is dropped.
   */
  efforts?: readonly string[]
  /** Temperature and top_p are refused unless the effort is `none`. */
  samplingNeedsNoReasoning?: boolean
  /** The `anthropic-messages` kinds of `thinking` it takes; absent = unknown: any is passed on. */
  thinking?: readonly ('enabled' | 'adaptive' | 'disabled' | 'between_tools')[]
  /** `anthropic-messages`: a tool cannot be forced. */
  noForcedTools?: boolean
  /**
   * No schema for the answer. `anthropic-messages`: it is asked for as the input of a forced tool;
   * `openai-chat`: in words, beside `json_object`, or in words alone with `noJsonObject`.
   */
  noJsonSchema?: boolean
  /** `gemini`: thinking by level, weakest first; absent = by budget. */
  thinkingLevels?: readonly string[]
  /** `gemini`: the budgets it takes, in tokens; `least` of 0 = it can be switched off. */
  thinkingBudget?: { least: number; most: number }
  /** The most bytes a request may have, files inside included. Absent = unknown. */
  maxRequestBytes?: number
  /** The server fetches no addresses: the hub fetches media and sends them inside the request. */
  mediaByValue?: boolean
  /** A model may have to be loaded first: the first token of any may take minutes. */
  slowStart?: boolean
  /** Both OpenAI dialects: the service tiers it has; another is left out. Absent = any is passed on. */
  serviceTiers?: readonly string[]
  /** The highest temperature it takes: a higher one becomes that. */
  maxTemperature?: number
  /** Both OpenAI dialects: the role `developer` is refused; `system` says the same. */
  noDeveloperRole?: boolean
  /** `openai-chat`: the response format `json_object` is refused; a schema of any object says the same. */
  noJsonObject?: boolean
  /** `openai-chat`: an answer in JSON cannot be asked for together with tools. */
  noJsonWithTools?: boolean
  /** Both OpenAI dialects: `json_object` is for requests whose messages ask for JSON in words. */
  jsonNeedsWords?: boolean
  /** `openai-chat`: no `allowed_tools`: only those tools are offered. */
  noAllowedTools?: boolean
  /** `openai-chat`: `tool_choice` is a word; a tool cannot be forced by its name. */
  noNamedToolChoice?: boolean
  /** `openai-chat`: the word for `tool_choice: "required"`. */
  requiredToolChoice?: 'any'
  /** `openai-chat`: the field for `seed`. */
  seedField?: 'random_seed'
  /** `openai-chat`: the field for `user`; `user_id` is of letters, digits, `-` and `_`. */
  userField?: 'user_id'
  /** `openai-chat`, `bedrock-converse`: ids of tool calls are nine letters and digits. */
  shortToolCallIds?: boolean
  /** `openai-chat`: files and audio stand in the part itself: `document_url`, `file_id`, `input_audio`. */
  flatMedia?: boolean
  /** `openai-chat`: the content of a tool's result is a string. */
  textToolResults?: boolean
  /** `openai-chat`: an answer that is to be continued has `prefix: true`; the new one begins with it. */
  prefixField?: boolean
  /**
   * Both OpenAI dialects: reasoning is switched off by `thinking: {type: "disabled"}`, not by an effort.
   */
  thinkingSwitch?: boolean
  /** `openai-chat`: answers with tool calls go back with their `reasoning_content`, even if it is empty. */
  replaysReasoning?: boolean
  /**
   * `openai-chat`: thoughts come and go back as content of the type `thinking`. Refusals go back as text,
   * and an answer that says nothing is left out.
   */
  thinkingContent?: boolean
  /** `openai-chat`: a stream may say a piece of reasoning twice in a row. */
  repeatsReasoning?: boolean
  /** `openai-chat`: `[DONE]` does not say that an answer is complete: only its finish reason does. */
  needsFinishReason?: boolean
  /** `openai-chat`: reasoning is asked for by the object `reasoning`, which also takes a budget. */
  reasoningObject?: boolean
  /** `openai-chat`: `completion_tokens` leaves reasoning out. */
  reasoningBesideCompletion?: boolean
  /** `openai-embeddings`: the field for `dimensions`. */
  dimensionsField?: 'output_dimension'
  /** Embeddings: the most inputs a request may have. */
  maxInputs?: number
  /** `vertex-embeddings`: `:embedContent` instead of `:predict`, one input a request. */
  embedsContent?: boolean
  /** `anthropic-messages` on a cloud: the model stands in the path, the version in the body. */
  modelInPath?: { prefix: string; version: string }
  /**
   * `bedrock-converse`: how its models are asked to reason; absent = they cannot be. `anthropic` says as
   * well that the model takes Anthropic's own fields, whether it can think (`thinking`) or not.
   */
  converseReasoning?: 'anthropic' | 'gpt-oss' | 'openai' | 'nova'
  /** `ollama`: thinking is on or off, without levels. */
  thinkIsBoolean?: boolean
}
