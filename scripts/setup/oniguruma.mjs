// Oniguruma, the regular expressions of tokenizer.json: the source that the official tokenizers library compiles, so that
// patterns mean the same, down to the version of Unicode. native/cmake/oniguruma.cmake compiles it.
import { inThirdParty } from '../common/paths.mjs'
import { fetchCrateSource } from './crate.mjs'
import { isReady, part } from './part.mjs'

const VERSION = '6.9.10'
const CRATE = {
  name: 'onig_sys',
  sha256: '1e68317604e77e53b85896388e1a803c1d21b74c899ec9e5e1112db90735edd7',
}
const NAME = `oniguruma-${VERSION}`
const IDENTITY = `${CRATE.name} sha256:${CRATE.sha256}`

/** True if the source must still be fetched, which takes Cargo. */
export const needsOniguruma = () => !isReady(inThirdParty(NAME), IDENTITY)

/** Fetches the source unless it is there; returns its folder. */
export const prepareOniguruma = () =>
  part(NAME, IDENTITY, `Oniguruma ${VERSION} source`, (folder) =>
    fetchCrateSource('oniguruma', CRATE, 'oniguruma', folder),
  )
