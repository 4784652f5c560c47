import { types } from 'node:util'

import { DensenodeError } from '../errors'

const KEPT = 'What has been downloaded is kept; the same call goes on from there.'

/** No answer, or none that makes sense: what to do is the same. */
export function unreachable(url: string, cause: unknown): DensenodeError {
  return new DensenodeError(
    'HUB_UNREACHABLE',
    [
      `the model hub cannot be reached: ${reason(cause)} (${withoutQuery(url)}).`,
      'Check the connection, and the proxy where there is one (NODE_USE_ENV_PROXY=1 makes newer versions of Node use HTTPS_PROXY);',
      `HF_ENDPOINT names another hub. ${KEPT}`,
      'On a machine without network, copy the folder of a model from one that has it, and give that folder to EmbeddingModel.load.',
    ].join('\n'),
    { cause },
  )
}

/** The failure that an answer's status means, for model `id` at `revision`. */
export function refused(
  response: Response,
  { id, revision, token }: { id: string; revision: string; token: boolean },
): DensenodeError {
  const { status, headers, url } = response
  const code = headers.get('X-Error-Code')
  const said = headers.get('X-Error-Message')
  const quoted = said ? ` The hub says: ${said}` : ''
  if (code === 'GatedRepo')
    return new DensenodeError(
      'HUB_ACCESS_DENIED',
      `${id} is gated: accept its licence on its page at the hub, then ${token ? 'pull it with a token of the account that was given access' : tokenRemedy}.${quoted}`,
    )
  if (code === 'RevisionNotFound')
    return new DensenodeError(
      'HUB_NOT_FOUND',
      `${id} has no revision ${JSON.stringify(revision)}: expected a branch, a tag or a full commit id.${quoted}`,
    )
  if (code === 'EntryNotFound')
    return new DensenodeError('HUB_NOT_FOUND', `${withoutQuery(url)} is not there.${quoted}`)
  if (status === 401 && /invalid credentials/i.test(said ?? ''))
    return new DensenodeError('HUB_ACCESS_DENIED', `the hub does not accept the token (HF_TOKEN).${quoted}`)
  // The hub answers 401 for a name that does not exist, too, so that private names do not show.
  if (code === 'RepoNotFound' || status === 401 || status === 404)
    return new DensenodeError(
      status === 403 ? 'HUB_ACCESS_DENIED' : 'HUB_NOT_FOUND',
      `the hub has no model ${JSON.stringify(id)} that ${token ? 'this token' : 'everybody'} may read. Check its spelling (organization/name)${token ? '' : `; if it is private, ${tokenRemedy}`}.${quoted}`,
    )
  if (status === 403)
    return new DensenodeError(
      'HUB_ACCESS_DENIED',
      `the hub does not allow ${withoutQuery(url)}: ${token ? 'the token (HF_TOKEN) needs the right to read this model' : tokenRemedy}.${quoted}`,
    )
  return unreachable(url, new Error(`it answered with status ${status}${said ? `, ${said}` : ''}`))
}

/** FILE_WRITE_FAILED for an error of the file system; others come back unchanged. */
export function writeFailure(error: unknown): unknown {
  if (!types.isNativeError(error) || error instanceof DensenodeError) return error
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (syscall === undefined) return error
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new DensenodeError(
    'FILE_WRITE_FAILED',
    full ? `the disk is full (${message}): make room. ${KEPT}` : message,
    { cause: error },
  )
}

const tokenRemedy = 'set HF_TOKEN to a token of an account that may read it (or log in with `hf auth login`)'

/** Signed addresses of downloads are long and secret. */
const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '')

/** fetch says "fetch failed" and hides why in its causes. */
function reason(error: unknown): string {
  const texts: string[] = []
  for (let each = error; types.isNativeError(each) && texts.length < 4; each = each.cause) {
    const inner: unknown = (each as AggregateError).errors?.[0] // every address of a name that was tried
    texts.push(each.message || (types.isNativeError(inner) ? inner.message : each.name))
  }
  return texts.length > 0 ? texts.join(': ') : String(error)
}
