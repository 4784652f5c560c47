// Small ONNX models, written by hand: a Gather from a table of 4 rows of 2 floats.
#pragma once

#include <string>

namespace densenode::fuzz {

// `location`: the file that the table is in, relative to the model; empty: in the model.
std::string OnnxModel(const std::string& location = {}, long long offset = 0, long long length = 32);

// With an attention_mask that is a sequence of tensors, or with an output that is one.
std::string OnnxModelOfSequences(bool output);

}  // namespace densenode::fuzz
