/**
 * What search and filter are timed on. Flat comes first: its neighbours are the truth for those after it. densenode and
 * FAISS read the factory string; `others` are peers that have an index of this kind, with the sizes of `build`.
 */
export const SEARCH_INDEXES = [
  { factory: 'Flat', parameters: {}, others: ['sqlite-vec'], build: {} },
  { factory: 'IVF1000,Flat', parameters: { nprobe: 64 }, others: ['lancedb'], build: { cells: 1000 } },
  {
    factory: 'IVF1000,PQ192x4fs,Refine(SQ8)',
    parameters: { nprobe: 64, k_factor: 4 },
    others: [],
    build: {},
  },
  {
    factory: 'HNSW32',
    parameters: { efSearch: 64 },
    others: ['hnswlib', 'usearch'],
    // 32 links a vector on each level and 64 on the lowest; 40 is FAISS's own length of the list.
    build: { connections: 32, efConstruction: 40 },
  },
]
/** Those that FAISS filters by parameters of one kind. */
export const FILTERED_INDEXES = SEARCH_INDEXES.filter(({ parameters }) => !('k_factor' in parameters))
/** Peers that read factory strings. */
export const FACTORY_PEERS = ['densenode', 'densenode:sync', 'faiss-python']
export const SEARCH_PEERS = [...FACTORY_PEERS, 'hnswlib', 'usearch', 'lancedb', 'sqlite-vec']

/** Those of `peers` that have an index of this kind. */
export const peersOf = ({ others }, peers) =>
  peers.filter((peer) => [...FACTORY_PEERS, ...others].includes(peer))
