/** The value below which `part` (0 … 1) of the sorted values lie. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) throw new RangeError('There is no percentile of nothing.')
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] as number
}

export function median(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5)
}

/** Median, least and greatest. */
export interface Spread {
  median: number
  min: number
  max: number
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}
