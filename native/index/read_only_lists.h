// Inverted lists that show the entries of others and take none.
#pragma once

#include <faiss/impl/FaissAssert.h>
#include <faiss/invlists/InvertedLists.h>

#include <cstddef>
#include <cstdint>

namespace densenode {

class ReadOnlyLists : public faiss::InvertedLists {
 public:
  using InvertedLists::InvertedLists;

  std::size_t add_entries(std::size_t, std::size_t, const faiss::idx_t*, const std::uint8_t*) override {
    FAISS_THROW_MSG("these lists are read only");
  }
  void update_entries(std::size_t, std::size_t, std::size_t, const faiss::idx_t*,
                      const std::uint8_t*) override {
    FAISS_THROW_MSG("these lists are read only");
  }
  void resize(std::size_t, std::size_t) override { FAISS_THROW_MSG("these lists are read only"); }
};

}  // namespace densenode
