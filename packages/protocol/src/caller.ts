/** Who is asking: the API key that was shown, and on whose account it acts. */
export interface Caller {
  keyId: string
  /** The key's name, as its owner calls it. */
  keyName: string
  /** The tenant: everything that is stored of a call carries it, every query filters by it. */
  accountId: string
  /** Model names the key may use; `*` at the end matches any ending. Absent = every model. */
  models?: readonly string[]
  /** The key only works from this machine. */
  loopbackOnly?: boolean
  /** The key may manage the hub. */
  admin?: boolean
}
