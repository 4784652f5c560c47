/**
 * How nearness is measured. `ip`: inner product, `cosine`: inner product of vectors scaled to length 1;
 * larger is nearer. `l2`: squared Euclidean distance, `l1`: sum of absolute differences; smaller is nearer.
 * On normalized embeddings ip, cosine and l2 rank alike.
 */
export type Metric = (typeof METRICS)[number]

export const METRICS = ['ip', 'l2', 'cosine', 'l1'] as const

/** Whether larger scores are nearer. */
export function isSimilarity(metric: Metric): boolean {
  return metric === 'ip' || metric === 'cosine'
}
