import * as check from './checks'
import { attachHandle, type Handle } from './handle'
import { runJob } from './job'
import { Lifetime, Resource } from './lifetime'
import { type EmbeddingModelOptions, loadOptions } from './model-options'
import { resolveModel } from './model-source'
import { type Binding, native } from './native'

interface NativeClass<Native extends Binding.Model> {
  load(path: string, options: Binding.EmbeddingModelOptions): Promise<Native>
  attach(id: bigint): Native
}

interface NativeModels {
  EmbeddingModel: Binding.EmbeddingModel
  MultiVectorEncoder: Binding.MultiVectorEncoder
  Reranker: Binding.Reranker
  SparseEncoder: Binding.SparseEncoder
}
type ModelClass = keyof NativeModels

/** What models of every class share: where they run, and what they hold. Properties stay readable after dispose(). */
export abstract class LoadedModel extends Resource {
  /**
   * Where the model runs: `'cpu'`, `'cuda:0'`, or with replicas their devices with commas between,
   * `'cuda:0,cuda:1'`.
   */
  readonly device: string
  /** The devices of the replicas, in the order of the option; one for most models. */
  readonly devices: readonly ('cpu' | `cuda:${number}`)[]
  /** Type of the weights: `'fp32'`, `'fp16'`, `'bf16'`, `'int8-bf16'` or `'int8'`. */
  readonly dtype: string
  /**
   * Class of the transformer in its config.json without a head, `'BertModel'` for one; `'onnx'` for an .onnx file.
   */
  readonly architecture: string
  /** What its folder is called, `'bge-small-en-v1.5'` for one: good for `model` of an index. */
  readonly name: string
  /**
   * Size of the transformer's weights in bytes, of all replicas together; threads and workers that share the model
   * share them.
   */
  readonly weightBytes: number

  /** `className` is named where JavaScript calls a constructor that is private to TypeScript only. */
  protected constructor(lifetime: Lifetime, className: ModelClass) {
    super(lifetime, `await ${className}.load(source).`)
    const model = lifetime.use('load') as Binding.Model
    this.devices = Object.freeze(model.devices as ('cpu' | `cuda:${number}`)[])
    this.device = this.devices.join(',')
    this.dtype = model.dtype
    this.architecture = model.architecture
    this.name = model.name
    this.weightBytes = model.weightBytes
  }
}

/** What load() of the classes does: checks, then loads on another thread. `names` are the options that there are. */
export async function loadModel<Name extends ModelClass>(
  className: Name,
  source: string,
  options: EmbeddingModelOptions | undefined,
  names: readonly (keyof EmbeddingModelOptions)[],
): Promise<Lifetime<NativeModels[Name]>> {
  check.path('source', source)
  const checked = loadOptions(check.options(options, names, `${className}.load`))
  const model = await runJob([], undefined, async () => {
    const path = await resolveModel(source)
    return classOf(className).load(path, checked)
  })
  return new Lifetime(className, model)
}

/** What attach() of the classes does. */
export function attachModel<Name extends ModelClass>(
  className: Name,
  handle: Handle,
): Lifetime<NativeModels[Name]> {
  return attachHandle(className, handle, (id) => classOf(className).attach(id))
}

function classOf<Name extends ModelClass>(className: Name): NativeClass<NativeModels[Name]> {
  return native()[className] as unknown as NativeClass<NativeModels[Name]>
}
