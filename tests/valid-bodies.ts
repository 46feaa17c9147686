// Calls that would work, one list a surface, over providers of several dialects.

import { pixels } from './voices.ts'

const picture = `data:image/png;base64,${pixels}`
const parameters = { type: 'object', properties: { city: {} } }

/** By path. The providers are `lab` (OpenAI chat), `responses`, `claude` and `google-like`. */
export const validBodies = {
  '/v1/chat/completions': [
    { model: 'lab/echo', messages: [{ role: 'user', content: 'Hello' }] },
    {
      model: 'lab/tools',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Weather in Paris?' }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'c1',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Paris"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: '21 °C' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'weather', parameters: { type: 'object', properties: { city: {} } } },
        },
      ],
      tool_choice: 'auto',
      max_completion_tokens: 20,
      temperature: 0.5,
      stop: ['x'],
      n: 1,
      logprobs: true,
      top_logprobs: 1,
      response_format: { type: 'text' },
      stream: true,
      stream_options: { include_usage: true },
    },
  ],
  '/v1/embeddings': [
    { model: 'lab/embed-256', input: ['a', 'b'], encoding_format: 'float', dimensions: 64 },
    { model: 'lab/embed-256', input: 'a', user: 'me' },
  ],
  '/v1/images/generations': [
    {
      model: 'lab/image',
      prompt: 'A lighthouse',
      n: 1,
      size: '64x64',
      response_format: 'b64_json',
    },
  ],
  '/v1/images/edits': [
    {
      model: 'lab/image',
      prompt: 'A lighthouse',
      images: [{ image_url: picture }, { image_url: picture }],
      mask: { image_url: picture },
      size: '64x64',
      n: 1,
    },
  ],
  '/v1/audio/speech': [
    {
      model: 'lab/speech',
      input: 'Good evening.',
      voice: 'alloy',
      instructions: 'Calmly.',
      response_format: 'wav',
      speed: 1.5,
    },
    { model: 'lab/speech', input: 'Good evening.', voice: { id: 'mine' }, stream_format: 'sse' },
  ],
  '/v1/moderations': [
    { model: 'lab/moderation', input: ['Attack!', 'Hello'] },
    {
      model: 'lab/moderation',
      input: [
        { type: 'text', text: 'Hello' },
        { type: 'image_url', image_url: { url: picture } },
      ],
    },
  ],
  '/v1/rerank': [
    {
      model: 'lab/rerank',
      query: 'harbour',
      documents: ['A harbour', { text: 'A field' }],
      top_n: 1,
      return_documents: true,
    },
  ],
  '/v1/responses': [
    { model: 'claude/echo', input: 'Hello' },
    {
      model: 'lab/tools',
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Weather in Paris?' }] },
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Paris"}' },
        { type: 'function_call_output', call_id: 'c1', output: '21 °C' },
      ],
      tools: [{ type: 'function', name: 'weather', parameters, strict: false }],
      tool_choice: 'auto',
      text: { format: { type: 'text' } },
      reasoning: { effort: 'low' },
      max_output_tokens: 20,
      store: true,
      stream: true,
    },
  ],
  '/v1/messages': [
    {
      model: 'responses/echo',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello' }],
    },
    {
      model: 'lab/tools',
      max_tokens: 2000,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather in Paris?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'hub1.acme.c2ln' },
            { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Paris' } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'c1', content: '21 °C' }],
        },
      ],
      tools: [{ name: 'weather', input_schema: parameters }],
      tool_choice: { type: 'auto' },
      stop_sequences: ['x'],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      metadata: { user_id: 'me' },
      stream: true,
    },
  ],
  '/v1/messages/count_tokens': [
    { model: 'claude/chat', messages: [{ role: 'user', content: 'Hello' }] },
  ],
  '/v1beta/models/lab/echo:generateContent': [
    { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  ],
  '/v1beta/models/claude/tools:streamGenerateContent?alt=sse': [
    {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Weather in Paris?' }] },
        { role: 'model', parts: [{ functionCall: { name: 'weather', args: { city: 'Paris' } } }] },
        {
          role: 'user',
          parts: [{ functionResponse: { name: 'weather', response: { output: '21 °C' } } }],
        },
      ],
      tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: parameters }] }],
      toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
      generationConfig: { maxOutputTokens: 20, stopSequences: ['x'], temperature: 0.5 },
      safetySettings: [],
    },
  ],
  '/api/v2/image': [
    {
      input: {
        prompt: 'A lighthouse',
        n: 1,
        size: '64x64',
        image: [{ type: 'file', data: pixels, mimeType: 'image/png', filename: 'a.png' }],
        modelOptions: { model: 'lab/image', quality: 'low' },
        outputFileType: 'url',
      },
      options: { streaming: false },
    },
  ],
  // Of a model that makes none: those that are made take seconds.
  '/api/v2/video': [
    {
      input: {
        prompt: 'Waves',
        size: '1280x720',
        seconds: '4',
        image: { type: 'file', data: pixels, mimeType: 'image/png', filename: 'a.png' },
        modelOptions: { model: 'lab/embed-256' },
        outputFileType: 'url',
      },
      options: { streaming: false },
    },
  ],
  '/api/v2/chat': [
    {
      input: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
          {
            role: 'agent',
            toolCalls: [
              { id: 'c1', type: 'function', function: { name: 'weather', arguments: {} } },
            ],
          },
          { role: 'tool', toolCallId: 'c1', content: '21 °C' },
        ],
        tools: [{ type: 'function', function: { name: 'weather', parameters } }],
        toolChoice: 'auto',
        responseFormat: { type: 'text' },
        modelOptions: { model: 'google-like/tools', temperature: 0.5 },
      },
      options: { streaming: true },
    },
    { model: 'lab/echo', messages: [{ role: 'user', content: 'Hello' }] },
  ],
} as const
