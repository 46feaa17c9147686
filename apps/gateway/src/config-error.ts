/**
 * The operator's to mend: one sentence that names what to change. The process prints it and exits 1,
 * and nothing on disk has changed.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
