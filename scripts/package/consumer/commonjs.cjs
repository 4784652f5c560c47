const use = require('./use.cjs')

use(require('densenode'), process.argv[2])
