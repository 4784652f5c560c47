#include "index/device_form.h"

#include <faiss/IndexFlatCodes.h>
#include <faiss/clone_index.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/error.h"
#include "index/read_only_lists.h"

namespace densenode {
namespace {

// Takes the vectors out of an index and puts them back at the end.
class WithoutVectors {
 public:
  explicit WithoutVectors(const FaissLayers& layers)
      : layers_(layers),
        codes_(dynamic_cast<faiss::IndexFlatCodes*>(layers.base)),
        count_(layers.base->ntotal) {
    if (layers_.ivf)
      empty_ = std::make_unique<faiss::ArrayInvertedLists>(layers_.ivf->nlist, layers_.ivf->code_size);
    Exchange();
    SetCount(0);
  }
  ~WithoutVectors() {
    Exchange();
    SetCount(count_);
  }
  WithoutVectors(const WithoutVectors&) = delete;
  WithoutVectors& operator=(const WithoutVectors&) = delete;

 private:
  void Exchange() {
    if (layers_.ivf) {
      faiss::InvertedLists* lists = empty_.release();
      empty_.reset(std::exchange(layers_.ivf->invlists, lists));
    } else if (codes_) {
      swap(codes_->codes, kept_codes_);
    }
  }
  void SetCount(faiss::idx_t count) {
    layers_.base->ntotal = count;
    layers_.top->ntotal = count;
  }

  FaissLayers layers_;
  faiss::IndexFlatCodes* codes_;
  faiss::idx_t count_;
  std::unique_ptr<faiss::InvertedLists> empty_;
  faiss::MaybeOwnedVector<std::uint8_t> kept_codes_;
};

// Inverted lists that lie elsewhere, with other ids. Read only.
class RenumberedLists : public ReadOnlyLists {
 public:
  RenumberedLists(const faiss::InvertedLists& lists, bool renumbered)
      : ReadOnlyLists(lists.nlist, lists.code_size), lists_(lists) {
    if (!renumbered) return;
    first_.resize(nlist + 1);
    for (std::size_t list = 0; list < nlist; ++list) first_[list + 1] = first_[list] + lists.list_size(list);
    positions_.resize(first_[nlist]);
    std::iota(positions_.begin(), positions_.end(), 0);
  }
  std::size_t list_size(std::size_t list) const override { return lists_.list_size(list); }
  const std::uint8_t* get_codes(std::size_t list) const override { return lists_.get_codes(list); }
  const faiss::idx_t* get_ids(std::size_t list) const override {
    return first_.empty() ? lists_.get_ids(list) : positions_.data() + first_[list];
  }

 private:
  const faiss::InvertedLists& lists_;
  std::vector<std::size_t> first_;  // position of the first entry of each list; empty where ids stay
  std::vector<faiss::idx_t> positions_;
};

std::unique_ptr<IdMap> CopyOf(const IdMap& ids) {
  return std::make_unique<IdMap>(nullptr, ids.table(), ids.mode(), ids.count(), ids.next_id());
}

}  // namespace

std::unique_ptr<faiss::Index> CloneWithoutVectors(faiss::Index& index) {
  const WithoutVectors taken_out{FaissLayers(index)};
  std::unique_ptr<faiss::Index> clone(faiss::clone_index(&index));
  const FaissLayers layers(*clone);
  auto* centroids = layers.ivf ? dynamic_cast<faiss::IndexFlatCodes*>(layers.ivf->quantizer) : nullptr;
  if (centroids && !centroids->codes.is_owned) {  // FAISS copies a view of mapped memory as a view
    const auto& view = centroids->codes;
    centroids->codes = std::vector<std::uint8_t>(view.data(), view.data() + view.size());
  }
  return clone;
}

PositionIds::PositionIds(const FaissLayers& layers, const IdMap& ids) : ivf_(layers.ivf) {
  if (!layers.stores_ids()) {
    ids_ = CopyOf(ids);
    return;
  }
  // Distinct ids below next_id, and as many of them: they are 0 .. n - 1.
  renumbered_ = static_cast<std::int64_t>(ids.count()) != ids.next_id();
  std::vector<std::int64_t> table;
  if (renumbered_) {
    table.reserve(ids.count());
    for (std::size_t list = 0; list < ivf_->nlist; ++list) {
      faiss::InvertedLists::ScopedIds entries(ivf_->invlists, list);
      table.insert(table.end(), entries.get(), entries.get() + ivf_->invlists->list_size(list));
    }
  }
  ids_ = std::make_unique<IdMap>(nullptr, std::move(table),
                                 renumbered_ ? IdMap::Mode::kTable : IdMap::Mode::kSequential, ids.count(),
                                 ids.next_id());
}

std::unique_ptr<faiss::InvertedLists> PositionIds::Lists() const {
  if (!ivf_) return nullptr;
  return std::make_unique<RenumberedLists>(*ivf_->invlists, renumbered_);
}

std::unique_ptr<IdMap> IdsOfPositions(const FaissLayers& layers, const IdMap& positions) {
  if (!layers.stores_ids()) return CopyOf(positions);
  if (positions.mode() == IdMap::Mode::kTable) {
    auto* lists = dynamic_cast<faiss::ArrayInvertedLists*>(layers.ivf->invlists);
    if (!lists) Fail(ErrorCode::kEngineFailed, "inverted lists of an unexpected kind");
    for (auto& entries : lists->ids) positions.ToIds(entries.data(), entries.size());
  }
  return std::make_unique<IdMap>(layers.ivf, std::vector<std::int64_t>(), IdMap::Mode::kStored,
                                 positions.count(), positions.next_id());
}

}  // namespace densenode
