import { EmbeddingModel, Retriever, VectorIndex } from 'densenode'
import use from './use.cjs'

await use({ EmbeddingModel, Retriever, VectorIndex }, process.argv[2])
