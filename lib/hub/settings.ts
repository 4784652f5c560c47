import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import * as path from 'node:path'

/** How the hub is reached. */
export interface HubSettings {
  /** Base address without a slash at the end; undefined is the hub of @huggingface/hub. */
  endpoint?: string
  token?: string
  offline: boolean
}

/** NodeJS.ProcessEnv, without the need for Node's types where these are used. */
type Environment = Readonly<Record<string, string | undefined>>

const TRUE = ['1', 'on', 'yes', 'true']

/**
 * What the environment says, in the variables of the hub's own tools: HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN,
 * else the token in the file that HF_TOKEN_PATH names or that `hf auth login` writes (HF_HOME/token).
 */
export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const { HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN, HF_HUB_DISABLE_IMPLICIT_TOKEN } = environment
  const endpoint = HF_ENDPOINT?.replace(/\/+$/, '')
  const token =
    clean(HF_TOKEN) ?? (isTrue(HF_HUB_DISABLE_IMPLICIT_TOKEN) ? undefined : await tokenInFile(environment))
  return { ...(endpoint && { endpoint }), ...(token && { token }), offline: isTrue(HF_HUB_OFFLINE) }
}

async function tokenInFile(environment: Environment): Promise<string | undefined> {
  const { HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME } = environment
  const home = HF_HOME || path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'huggingface')
  try {
    return clean(await readFile(HF_TOKEN_PATH || path.join(home, 'token'), 'utf8'))
  } catch {
    return undefined // not logged in: public models need no token
  }
}

const isTrue = (value: string | undefined): boolean => TRUE.includes(value?.toLowerCase() ?? '')

function clean(token: string | undefined): string | undefined {
  return token?.replace(/\s/g, '') || undefined
}
