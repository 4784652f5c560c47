/** What search and filter are timed on. Flat comes first: its neighbours are the truth for those after it. */
export const SEARCH_INDEXES = [
  { factory: 'Flat', parameters: {} },
  { factory: 'IVF1000,Flat', parameters: { nprobe: 64 } },
  { factory: 'HNSW32', parameters: { efSearch: 64 } },
]
