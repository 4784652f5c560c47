// Scores of tokenizer.json as the official library reads them.
#pragma once

namespace densenode {

// The library's JSON parser (serde_json without float_roundtrip) rounds numbers of 17 digits twice, which may
// end one unit in the last place from the nearest double. Ties between ways to cut a word are decided by that
// unit, so it is taken over: `value` is the nearest double to the number in the file, written there with as
// few digits as tell it from others.
double OfficialScore(double value);

}  // namespace densenode
