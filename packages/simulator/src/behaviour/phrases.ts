// What the simulator says, as data. It never pretends to be a model.

export interface Phrases {
  greeting: string
  asked: (excerpt: string) => string
  nothingAsked: string
  /** It is a simulator, and what that means. */
  honest: readonly string[]
  systemPrompt: (excerpt: string) => string
  tips: readonly string[]
  closing: readonly string[]
  thoughts: (excerpt: string) => readonly string[]
  refusal: string
}

const english: Phrases = {
  greeting: 'Hello!',
  asked: (excerpt) => `You asked: “${excerpt}”`,
  nothingAsked: 'There is no text in your message.',
  honest: [
    'I am a **simulator**: no model has read this, so I cannot really answer. What you see is the gateway at work, from your request to these words.',
    'This is the **simulator** of the gateway. It has no knowledge of its own, but the way here was real: key, routing, metering and stream.',
  ],
  systemPrompt: (excerpt) => `Your system prompt has arrived: “${excerpt}”`,
  tips: [
    'Enter a provider’s key, name one of its models, and the same request gets a real answer.',
    'Ask `sim/tools` to call your tools, or `sim/reason` to think aloud.',
    'Send a JSON schema, and I answer with a valid instance of it.',
    '`sim/error-429` and `sim/flaky-30` show what failures look like before a real one comes.',
    'Every request is metered, this one too.',
    'Keys of providers stay on the server; callers only hold keys of the gateway.',
  ],
  closing: ['Ask me anything else: I will not know that either.', 'That is all I can do.'],
  thoughts: (excerpt) => [
    `The question is: “${excerpt}”. `,
    'I am a simulator, so there is nothing I could look up. ',
    'Still, the answer should be short, friendly and honest. ',
    'A hint about the gateway will help more than a guess. ',
    'It also has to look like a real answer, so that streams and counts can be tried. ',
    'I have thought about it long enough. ',
  ],
  refusal: 'I am a simulator, and this model of mine refuses everything.',
}

const chinese: Phrases = {
  greeting: '你好！',
  asked: (excerpt) => `您的问题是：“${excerpt}”`,
  nothingAsked: '您的消息里没有文字。',
  honest: [
    '我是一个**模拟器**：没有任何模型读过这段话，所以我无法真正回答。您看到的是网关的工作过程，从请求一直到这些文字。',
    '这里是网关的**模拟器**。它没有自己的知识，但一路走来都是真的：密钥、路由、计量和流式传输。',
  ],
  systemPrompt: (excerpt) => `系统提示词已收到：“${excerpt}”`,
  tips: [
    '填入某个提供商的密钥，换上它的模型名，同样的请求就会得到真正的回答。',
    '用 `sim/tools` 调用您的工具，用 `sim/reason` 查看思考过程。',
    '发送一个 JSON Schema，我会返回符合它的实例。',
    '`sim/error-429` 和 `sim/flaky-30` 可以提前展示故障的样子。',
    '每个请求都会被计量，包括这一个。',
    '提供商的密钥只保存在服务器上，调用方只持有网关的密钥。',
  ],
  closing: ['还可以问别的，不过我同样不知道答案。', '我能做的就是这些。'],
  thoughts: (excerpt) => [
    `问题是：“${excerpt}”。`,
    '我是模拟器，没有可以查询的资料。',
    '回答应当简短、友好、诚实。',
    '与其猜测，不如介绍一下网关。',
    '它还要像真正的回答，以便测试流式传输和计数。',
    '想得差不多了。',
  ],
  refusal: '我是模拟器，这个模型拒绝一切请求。',
}

const japanese: Phrases = {
  greeting: 'こんにちは！',
  asked: (excerpt) => `ご質問：「${excerpt}」`,
  nothingAsked: 'メッセージに文章がありません。',
  honest: [
    '私は**シミュレーター**です。どのモデルもこの文を読んでいないため、本当の回答はできません。ご覧いただいているのは、リクエストからこの文字までのゲートウェイの動きです。',
    'こちらはゲートウェイの**シミュレーター**です。知識はありませんが、ここまでの道のりは本物です。キー、ルーティング、計量、ストリームのすべてを通りました。',
  ],
  systemPrompt: (excerpt) => `システムプロンプトを受け取りました：「${excerpt}」`,
  tips: [
    'プロバイダーのキーを登録し、そのモデル名を指定すると、同じリクエストに本当の回答が返ります。',
    '`sim/tools` はツールを呼び出し、`sim/reason` は考えながら答えます。',
    'JSON スキーマを送ると、それに合うデータを返します。',
    '`sim/error-429` と `sim/flaky-30` で、障害の様子を事前に確認できます。',
    'すべてのリクエストは計量されます。このリクエストも同じです。',
    'プロバイダーのキーはサーバーだけに保管され、利用者はゲートウェイのキーだけを持ちます。',
  ],
  closing: ['ほかのこともお尋ねください。それもわかりませんが。', 'できることは以上です。'],
  thoughts: (excerpt) => [
    `質問は「${excerpt}」です。`,
    '私はシミュレーターなので、調べられるものはありません。',
    '回答は短く、親切に、正直にします。',
    '推測よりも、ゲートウェイの案内のほうが役に立ちます。',
    'ストリームや計数を試せるように、本物らしい形にします。',
    'これで十分に考えました。',
  ],
  refusal: '私はシミュレーターで、このモデルはすべてをお断りします。',
}

const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/u
const han = /\p{Script=Han}/u

/** Phrases in the language of `text`, as far as its script shows it. */
export function phrasesFor(text: string): Phrases {
  if (kana.test(text)) return japanese
  return han.test(text) ? chinese : english
}
