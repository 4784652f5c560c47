// The modules of a model after its transformer, in their order: from the token vectors of a text to its
// embedding.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "encoder/folder/modules_file.h"
#include "encoder/modules/module.h"
#include "encoder/modules/pooling.h"

namespace densenode {

// The modules of `folders` in their order, for vectors of `*dimension` values; afterwards that is what the
// last one gives. Throws MODEL_INVALID where a module wants vectors of another size than the one before it
// gives, and as the modules' Load.
std::vector<std::unique_ptr<Module>> LoadModules(const std::vector<ModuleFolder>& folders,
                                                 std::size_t* dimension);

// Immutable, so any number of threads may use it at once.
class ModuleChain {
 public:
  struct Cut {
    std::size_t dimension = 0;  // leading values kept of each embedding
    bool normalize = false;     // after that
  };

  // For vectors of `inputs` values. No pooling where the session gives one vector a text (`modules.tokens` is
  // empty then). Loads weights. Throws as LoadModules.
  ModuleChain(const ModuleFolders& modules, std::optional<Pooling> pooling, std::size_t inputs);

  // For modules that are loaded already.
  ModuleChain(Pooling pooling, std::vector<std::unique_ptr<Module>> texts, std::size_t inputs)
      : pooling_(std::move(pooling)),
        texts_(std::move(texts)),
        token_dimension_(inputs),
        pooled_(inputs * pooling_->modes.size()) {}

  // Values of an embedding.
  std::size_t dimension() const { return texts_.empty() ? pooled_ : texts_.back()->outputs(); }

  // Writes cut.dimension values. `vectors`: rows x inputs values, row major; `prompt_rows` of them, the
  // first, belong to the prompt. Without rows it is the zero vector that goes through what follows pooling.
  void Embed(const float* vectors, std::size_t rows, std::size_t prompt_rows, const Cut& cut,
             float* out) const;

  // Whether the rows of the prompt make a difference to Embed.
  bool leaves_prompt_out() const { return pooling_ && !pooling_->include_prompt; }
  // The one pooling mode that is all there is; devices can do that by themselves.
  std::optional<PoolingMode> lone_mode() const;

 private:
  // The first `count` values of what pooling gives: its modes joined end to end.
  void Pool(const float* vectors, std::size_t rows, std::size_t prompt_rows, std::size_t count,
            float* out) const;

  std::vector<std::unique_ptr<Module>> tokens_;  // map token vectors, before pooling
  std::optional<Pooling> pooling_;
  std::vector<std::unique_ptr<Module>> texts_;  // map the vector of the text
  std::size_t token_dimension_ = 0;             // values of one pooling mode
  std::size_t pooled_ = 0;                      // and of all of them
};

}  // namespace densenode
