import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/fetch-transport.ts',
    'src/undici-transport.ts',
    'src/conformance.ts',
  ],
  format: ['esm'],
  dts: true,
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
})
