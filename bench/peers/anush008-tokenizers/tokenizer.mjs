// The package that fastembed-js uses: an older official library.
import { runTrial } from '../../harness/official-tokenizers.mjs'

await runTrial('@anush008/tokenizers')
