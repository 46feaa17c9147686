import { defineConfig } from 'tsup'

// A program, not a library: one file to run, nothing to import, so no declarations.
export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  target: 'node24',
  // Read where it is when the program starts, so that the version is the one that was published.
  external: [/\/package\.json$/],
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
})
