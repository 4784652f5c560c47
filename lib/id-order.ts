/** The one order of ids: numbers and bigints by value, then strings by code unit. For sort(). */
export function compareIds(a: number | bigint | string, b: number | bigint | string): number {
  if ((typeof a === 'string') !== (typeof b === 'string')) return typeof a === 'string' ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}
