import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  dts: true,
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
})
