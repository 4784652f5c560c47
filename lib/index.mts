// The ES module entry: the very objects of the CommonJS build, so that each class exists once in a process.
export * from './index.js'
