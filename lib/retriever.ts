import type { Abort } from './abort'
import * as check from './checks'
import { CALLS_AT_ONCE, RETRIEVER_ADD_TASK, RETRIEVER_TASK } from './defaults'
import { EmbeddingModel } from './embedding-model'
import { misuseMessage, wrongType } from './errors'
import { checkFilter } from './filter'
import { Gate } from './gate'
import { type JobOptions, runJob } from './job'
import { Lifetime, lifetimeOf, Resource } from './lifetime'
import { checkAdapter, type LinearAdapter } from './linear-adapter'
import { type Binding, native } from './native'
import { asPromptOptions, chooseTaskAndPrompt, type PromptOptions } from './prompts'
import { allocateResults, checkK, checkParameters } from './search'
import { SearchResults } from './search-results'
import { texts as checkTexts, textList } from './text-list'
import { VectorIndex } from './vector-index'
import type { Ids, SearchOptions } from './vector-index-options'

export interface RetrieverOptions {
  /** Take a model of another name than the index says. Default: false. */
  anyModel?: boolean
  /**
   * Maps the embeddings of queries before they are searched for; of the model's dimension. add() does not use
   * it.
   */
  queryAdapter?: LinearAdapter
}

/**
 * The texts are by default of the task `'query'` where the model has that, with the prompt `'query'` where it
 * has one, else the model's default prompt.
 */
export interface RetrieverSearchOptions extends SearchOptions, PromptOptions {}

/**
 * The texts are by default of the task `'document'` where the model has that, with the first prompt there is
 * of `'document'`, `'passage'` and `'corpus'`, else the model's default prompt.
 */
export interface RetrieverAddOptions extends JobOptions, PromptOptions {}

/**
 * Texts into an index, and texts to nearest neighbours, in one native job each: the embeddings never reach
 * JavaScript. Where model and index are on the same GPU, they never leave its memory; those of a model with
 * replicas on several GPUs go through host memory.
 *
 * A retriever does not own its model, index and adapter: dispose() ends the retriever alone.
 *
 * @example
 * const retriever = new Retriever(model, index)
 * const results = await retriever.search('an instrument that measures the speed of wind', 10)
 */
export class Retriever extends Resource {
  readonly #lifetime: Lifetime
  readonly #gate = new Gate(CALLS_AT_ONCE)
  readonly model: EmbeddingModel
  readonly index: VectorIndex
  readonly queryAdapter: LinearAdapter | undefined

  /**
   * @throws RangeError where the dimensions of model, index and adapter differ, and where the index names
   *   another model than this one: their embeddings have nothing in common. `anyModel` says that they have.
   */
  constructor(model: EmbeddingModel, index: VectorIndex, options?: RetrieverOptions) {
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
    const { anyModel = false, queryAdapter } = check.options(
      options,
      ['anyModel', 'queryAdapter'],
      'new Retriever',
    )
    check.boolean('anyModel', anyModel)
    // Whoever published it may stand before the name.
    const named = index.model.slice(index.model.lastIndexOf('/') + 1)
    if (!anyModel && named !== '' && named !== model.name)
      throw new RangeError(
        misuseMessage(
          'index',
          `an index of embeddings of "${model.name}"`,
          `one of "${index.model}"`,
          'Load that model; where it is the same under another name, give { anyModel: true }.',
        ),
      )
    if (queryAdapter !== undefined) checkAdapter('queryAdapter', queryAdapter, model.dimension)
    const lifetime = new Lifetime('Retriever', { dispose() {} })
    super(lifetime, 'new Retriever(model, index).')
    this.#lifetime = lifetime
    this.model = model
    this.index = index
    this.queryAdapter = queryAdapter
  }

  /**
   * The k nearest vectors of each text. The strings are copied once, in slices that leave the event loop
   * free; native threads write straight into the arrays of the result.
   *
   * @param k From 1 to 16777216, on a GPU to 2048. Where the index has fewer vectors, rows end with id -1.
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
    const adapterLifetime = this.queryAdapter && lifetimeOf<Binding.LinearAdapter>(this.queryAdapter)
    const adapter = adapterLifetime?.use('apply') ?? null
    const list = checkTexts(texts)
    checkK(index, k)
    const given = check.options(
      options,
      ['prompt', 'promptText', 'task', 'parameters', 'filter', 'signal'],
      'Retriever.search',
    )
    const chosen = chooseTaskAndPrompt(this.model, given, RETRIEVER_TASK)
    const parameters = checkParameters(index, given.parameters)
    const filter = checkFilter(given.filter)
    const signal = check.signal(given.signal)
    const count = list.length
    if (count === 1 && this.model.cache.maxBytes > 0)
      return await runJob([this.#lifetime], undefined, () =>
        this.#searchWithCache(list, asPromptOptions(chosen), k, given),
      )
    const owners = [
      this.#lifetime,
      modelLifetime,
      indexLifetime,
      ...(adapterLifetime ? [adapterLifetime] : []),
    ]
    const job = async (abort: Abort) => {
      const { ids, scores } = allocateResults('texts', count, k)
      const tokenCounts = new Int32Array(count)
      const nativeTexts = await textList(list, abort)
      const cancellation = abort.cancellation()
      await native().retrieve(
        model,
        index,
        nativeTexts,
        chosen.prompt,
        k,
        parameters,
        ids,
        scores,
        tokenCounts,
        cancellation,
        adapter,
        filter,
        chosen.task,
      )
      return new SearchResults(ids, scores, count, k, tokenCounts)
    }
    return await runJob(owners, signal, job, this.#gate)
  }

  /** In two steps, so that the model's cache has its say. */
  async #searchWithCache(
    texts: readonly string[],
    promptOptions: PromptOptions,
    k: number,
    { parameters, filter, signal }: RetrieverSearchOptions,
  ): Promise<SearchResults> {
    const { data, tokenCounts } = await this.model.embed(texts, {
      ...promptOptions,
      ...(this.queryAdapter && { adapter: this.queryAdapter }),
      ...(signal && { signal }),
    })
    const { ids, scores } = await this.index.search(data, k, {
      ...(parameters && { parameters }),
      ...(filter && { filter }),
      ...(signal && { signal }),
    })
    return new SearchResults(ids, scores, 1, k, tokenCounts)
  }

  /**
   * Embeds texts and adds them to the index, all or none: what `index.add(await model.embed(texts), ids)`
   * does, without an array of embeddings in JavaScript. The embeddings of one call are in memory together:
   * give many texts in slices, of 10,000 or so.
   *
   * @param ids As VectorIndex.add takes them, one a text. Default: the next free ones.
   * @throws As EmbeddingModel.embed and VectorIndex.add.
   */
  async add(
    texts: string | readonly string[],
    ids?: Ids | null,
    options?: RetrieverAddOptions,
  ): Promise<void> {
    this.#lifetime.use('add')
    const modelLifetime = lifetimeOf<Binding.EmbeddingModel>(this.model)
    const indexLifetime = lifetimeOf<Binding.VectorIndex>(this.index)
    const model = modelLifetime.use('embed')
    const index = indexLifetime.use('add')
    const list = checkTexts(texts)
    const givenIds = check.idsOrNull('ids', ids, list.length, 'texts')
    const given = check.options(options, ['prompt', 'promptText', 'task', 'signal'], 'Retriever.add')
    const { task, prompt } = chooseTaskAndPrompt(this.model, given, RETRIEVER_ADD_TASK)
    const signal = check.signal(given.signal)
    return await runJob([this.#lifetime, modelLifetime, indexLifetime], signal, async (abort) => {
      const nativeTexts = await textList(list, abort)
      await native().addTexts(model, index, nativeTexts, prompt, givenIds, abort.cancellation(), task)
    })
  }
}
