import { BlockList, isIP } from 'node:net'
import { type Caller, HubError } from '@aigne-hub/protocol'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern
}

/** May the caller's key use the model of this name, as the caller wrote it? */
export function mayUseModel(caller: Caller, model: string): boolean {
  return caller.models === undefined || caller.models.some((pattern) => matches(pattern, model))
}

/** Is this the address of our own machine: 127.0.0.0/8, `::1`, or the former written as `::ffff:127.x.x.x`? */
export function isLoopback(address: string | undefined): boolean {
  const version = isIP(address ?? '')
  return version !== 0 && loopback.check(address ?? '', version === 6 ? 'ipv6' : 'ipv4')
}

/**
 * @param address of the socket's other end, never one from a header.
 * @throws HubError `permission_denied` when the key only works on the hub's own machine.
 */
export function assertMayCallFrom(caller: Caller, address: string | undefined): void {
  if (!caller.loopbackOnly || isLoopback(address)) return
  throw new HubError(
    'permission_denied',
    `The key "${caller.keyName}" only works on the machine the hub runs on. Use another key.`,
  )
}
