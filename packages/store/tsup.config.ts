import { defineConfig } from 'tsup'

export default defineConfig({
  // The worker is started by its file name, so it is an entry of its own.
  entry: ['src/index.ts', 'src/checkpoint-worker.ts'],
  format: ['esm'],
  dts: { entry: 'src/index.ts' },
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
})
