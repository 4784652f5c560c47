import * as check from './checks'
import { MAX_K, RETRIEVER_PROMPT } from './defaults'
import { EmbeddingModel } from './embedding-model'
import { misuseMessage, wrongType } from './errors'
import { runJob } from './job'
import { Lifetime, lifetimeOf, Resource } from './lifetime'
import { type Binding, native } from './native'
import { type PromptOptions, promptText } from './prompts'
import { allocateResults, checkParameters } from './search'
import { SearchResults } from './search-results'
import { texts as checkTexts, textList } from './text-list'
import { type SearchOptions, VectorIndex } from './vector-index'

/** `prompt` is by default `'query'` where the model has that prompt, else the model's default prompt. */
export interface RetrieverSearchOptions extends SearchOptions, PromptOptions {}

/**
 * Texts to nearest neighbours in one native job: the embeddings of the queries never reach JavaScript.
 *
 * A retriever does not own its model and index: dispose() ends the retriever alone.
 *
 * @example
 * const retriever = new Retriever(model, index)
 * const results = await retriever.search('an instrument that measures the speed of wind', 10)
 */
export class Retriever extends Resource {
  readonly #lifetime: Lifetime
  readonly model: EmbeddingModel
  readonly index: VectorIndex

  /** @throws RangeError where the dimensions of model and index differ. */
  constructor(model: EmbeddingModel, index: VectorIndex) {
    if (!(model instanceof EmbeddingModel)) throw wrongType('model', 'an EmbeddingModel', model)
    if (!(index instanceof VectorIndex)) throw wrongType('index', 'a VectorIndex', index)
    if (model.dimension !== index.dimension)
      throw new RangeError(
        misuseMessage(
          'index',
          `an index of the model's dimension ${model.dimension}`,
          `dimension ${index.dimension}`,
        ),
      )
    const lifetime = new Lifetime('Retriever', { dispose() {} })
    super(lifetime, 'new Retriever(model, index).')
    this.#lifetime = lifetime
    this.model = model
    this.index = index
  }

  /**
   * The k nearest vectors of each text. The strings are copied once, in slices that leave the event loop
   * free; native threads write straight into the arrays of the result.
   *
   * @param k From 1 to 16777216. Where the index has fewer vectors, rows end with id -1.
   * @returns Row i for text i, with `tokenCounts`.
   * @throws As EmbeddingModel.embed and VectorIndex.search.
   */
  async search(
    texts: string | readonly string[],
    k: number,
    options?: RetrieverSearchOptions,
  ): Promise<SearchResults> {
    this.#lifetime.use('search')
    const modelLifetime = lifetimeOf<Binding.EmbeddingModel>(this.model)
    const indexLifetime = lifetimeOf<Binding.VectorIndex>(this.index)
    const model = modelLifetime.use('embed')
    const index = indexLifetime.use('search')
    const list = checkTexts(texts)
    check.integer('k', k, 1, MAX_K)
    const given = check.options(options, ['prompt', 'promptText', 'parameters', 'signal'], 'Retriever.search')
    const prompt = promptText(this.model, given, RETRIEVER_PROMPT)
    const parameters = checkParameters(index, given.parameters)
    const signal = check.signal(given.signal)
    const count = list.length
    const { ids, scores } = allocateResults('texts', count, k)
    const tokenCounts = new Int32Array(count)
    return runJob([this.#lifetime, modelLifetime, indexLifetime], signal, async (abort) => {
      const nativeTexts = await textList(list, abort)
      const cancellation = abort.cancellation()
      await native().retrieve(
        model,
        index,
        nativeTexts,
        prompt,
        k,
        parameters,
        ids,
        scores,
        tokenCounts,
        cancellation,
      )
      return new SearchResults(ids, scores, count, k, tokenCounts)
    })
  }
}
