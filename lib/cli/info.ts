import { info } from '../info'
import { type Command, print } from './command'

export const infoCommand: Command = {
  name: 'info',
  summary: 'what this machine has, which binary is loaded, and what is missing, as JSON',
  usage: 'Usage: densenode info',
  async run() {
    print(JSON.stringify(info(), null, 2))
  },
}
