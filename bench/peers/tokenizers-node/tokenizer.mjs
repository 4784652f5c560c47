// The official library's Node package.
import { runTrial } from '../../harness/official-tokenizers.mjs'

await runTrial('tokenizers')
