import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The manifest in a tarball: ranges instead of `workspace:`, as it would be published. */
function manifestIn(file: string) {
  const text = execFileSync('tar', ['-xzOf', file, 'package/package.json'], { encoding: 'utf8' })
  return JSON.parse(text)
}

/**
 * An npm registry on loopback that knows these tarballs and nothing else, each as the latest version of
 * its package. As `@scope:registry` it makes npm find our packages as if they had been published.
 */
export async function serveTarballs(files: string[]) {
  const packages = files.map((file) => ({ manifest: manifestIn(file), bytes: readFileSync(file) }))
  const tarballOf = ({ name, version }: { name: string; version: string }) =>
    `${name}-${version}.tgz`
  const packument = ({ manifest, bytes }: (typeof packages)[number]) => {
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const dist = { tarball: `${url}/${tarballOf(manifest)}`, integrity }
    return {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    }
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const found = packages.find(
      ({ manifest }) => path === manifest.name || path === tarballOf(manifest),
    )
    // The next build has the same version: npm must not remember this one.
    response.setHeader('cache-control', 'no-store')
    if (!found) response.writeHead(404).end()
    else if (path !== found.manifest.name) response.end(found.bytes)
    else response.end(JSON.stringify(packument(found)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => server.close() }
}
