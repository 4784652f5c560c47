// The tensors of a head in the checkpoint of its model, as modules.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/error.h"
#include "encoder/checkpoint.h"
#include "encoder/folder/class_name.h"
#include "encoder/model_folder.h"
#include "encoder/modules/activation.h"
#include "encoder/modules/dense.h"
#include "encoder/modules/layer_norm.h"

namespace densenode {

// That of `forms`, which have a class_name, of the class that config.json names. Throws MODEL_UNSUPPORTED:
// 'architecture "..." <lacks>; <class names> <verb>, and .onnx files with the output "logits"'.
template <typename Form, std::size_t count>
const Form& FormOf(const ModelDescription& description, const Form (&forms)[count], const char* lacks,
                   const char* verb) {
  const std::string name = ClassName(description.config);
  std::string known;
  for (const Form& form : forms) {
    if (form.class_name == name) return form;
    known.append(known.empty() ? "" : ", ").append(form.class_name);
  }
  Fail(ErrorCode::kModelUnsupported, description.config_path, ": architecture \"", name, "\" ", lacks, "; ",
       known, " ", verb, ", and .onnx files with the output \"logits\"");
}

class HeadWeights {
 public:
  // `checkpoint`: that of the model. Both must outlive it.
  HeadWeights(const ModelDescription& description, const Checkpoint& checkpoint)
      : description_(description), checkpoint_(checkpoint) {}

  // <name>.weight (outputs x inputs) and, where it is there, <name>.bias.
  std::unique_ptr<Dense> Linear(const std::string& name, std::size_t outputs, std::size_t inputs,
                                ActivationFunction activation) const;
  // The same with the weight of `weight` and the bias of `bias`, names in full; the bias may be missing.
  std::unique_ptr<Dense> Linear(const std::string& weight, const std::string& bias, std::size_t outputs,
                                std::size_t inputs, ActivationFunction activation) const;
  // <name>.weight and, where it is there, <name>.bias; the epsilon of config.json at `epsilon`.
  std::unique_ptr<LayerNormModule> Norm(const std::string& name, std::size_t width, const char* epsilon,
                                        float otherwise) const;
  // Rows of a matrix, from 1 to `most`. Throws MODEL_INVALID for others and for a tensor that is missing.
  std::size_t Rows(const std::string& name, std::size_t most) const;
  bool Has(const std::string& name) const { return checkpoint_.Has(name); }

  // An activation function by its name in transformers: "gelu", "relu", "tanh", ...
  ActivationFunction Activation(const std::string& name) const;

 private:
  const ModelDescription& description_;
  const Checkpoint& checkpoint_;
};

}  // namespace densenode
