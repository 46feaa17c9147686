import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'

/** What is left to spend. */
export const balanceRoute: Route = () =>
  wholeReply({
    is_available: true,
    balance_infos: [
      {
        currency: 'USD',
        total_balance: '98.50',
        granted_balance: '8.50',
        topped_up_balance: '90.00',
      },
    ],
  })
