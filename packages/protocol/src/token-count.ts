/** How many input tokens a chat request has. */
export interface TokenCount {
  inputTokens: number
}
