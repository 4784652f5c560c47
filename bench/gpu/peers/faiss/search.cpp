// FAISS's own GPU indexes, called from C++ without densenode's code around them: what its Python wheel calls
// too. One JSON request a line, one answer a line, as ../serve.mjs.
#include <faiss/gpu/GpuIndexFlat.h>
#include <faiss/gpu/GpuIndexIVFFlat.h>
#include <faiss/gpu/StandardGpuResources.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda/cuda_libraries.h"

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRowsOfPart = 65536;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<float> ReadRows(const std::string& file, std::size_t begin, std::size_t rows,
                            std::size_t dimension) {
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(begin * dimension * sizeof(float)));
  std::vector<float> values(rows * dimension);
  stream.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!stream) throw std::runtime_error(file + ": too short, or not there");
  return values;
}

class Peer {
 public:
  json Answer(const json& request) {
    const std::string what = request.at("do");
    if (what == "build") return Build(request);
    if (what == "latency") return Latency(request);
    if (what == "batches") return Batches(request);
    if (what == "neighbours") return Neighbours(request);
    throw std::runtime_error("unknown request " + what);
  }

 private:
  json Build(const json& request) {
    dimension_ = request.at("dimension");
    const std::size_t count = request.at("count");
    const std::string base = request.at("base");
    const std::string factory = request.at("factory");
    queries_ = ReadRows(request.at("queries"), 0, request.at("queryCount"), dimension_);
    index_.reset();
    double train_seconds = 0;
    if (factory == "Flat") {
      faiss::gpu::GpuIndexFlatConfig config;
      config.useFloat16 = true;
      index_ =
          std::make_unique<faiss::gpu::GpuIndexFlatIP>(&resources_, static_cast<int>(dimension_), config);
    } else {
      const int cells = std::stoi(factory.substr(3));  // IVF1024,Flat
      auto index = std::make_unique<faiss::gpu::GpuIndexIVFFlat>(&resources_, static_cast<int>(dimension_),
                                                                 cells, faiss::METRIC_INNER_PRODUCT);
      const std::size_t rows = request.at("trainCount");
      const std::vector<float> part = ReadRows(base, 0, rows, dimension_);
      const auto begin = Clock::now();
      index->train(static_cast<faiss::idx_t>(rows), part.data());
      train_seconds = SecondsSince(begin);
      index->nprobe = request.at("parameters").at("nprobe");
      index_ = std::move(index);
    }
    double add_seconds = 0;
    for (std::size_t row = 0; row < count; row += kRowsOfPart) {
      const std::size_t rows = std::min(kRowsOfPart, count - row);
      const std::vector<float> part = ReadRows(base, row, rows, dimension_);
      const auto begin = Clock::now();
      index_->add(static_cast<faiss::idx_t>(rows), part.data());
      add_seconds += SecondsSince(begin);
    }
    return {{"trainSeconds", train_seconds}, {"addSeconds", add_seconds}};
  }

  json Latency(const json& request) {
    const int warm_up = request.at("warmUp");
    const int runs = request.at("runs");
    std::vector<double> seconds;
    for (int i = -warm_up; i < runs; i++) {
      const auto begin = Clock::now();
      Search(i + warm_up, 1, request.at("k"));
      if (i >= 0) seconds.push_back(SecondsSince(begin));
    }
    return {{"seconds", seconds}};
  }

  // At least two calls and for at least half a second, after one that does not count.
  json Batches(const json& request) {
    const std::size_t size = request.at("size");
    Search(0, size, request.at("k"));
    const auto begin = Clock::now();
    int calls = 0;
    while (calls < 2 || SecondsSince(begin) < 0.5) Search(calls++, size, request.at("k"));
    return {{"queriesPerSecond", static_cast<double>(size) * calls / SecondsSince(begin)}};
  }

  json Neighbours(const json& request) {
    Search(0, request.at("count"), request.at("k"));
    const std::vector<std::int32_t> ids(ids_.begin(), ids_.end());
    const std::string out = request.at("out");
    std::ofstream(out, std::ios::binary)
        .write(reinterpret_cast<const char*>(ids.data()),
               static_cast<std::streamsize>(ids.size() * sizeof(ids[0])));
    return json::object();
  }

  // The queries of the i-th batch, from the start again after the last ones.
  void Search(std::size_t i, std::size_t size, std::size_t k) {
    const std::size_t rows = queries_.size() / dimension_;
    const float* batch = queries_.data() + (i % (rows / size)) * size * dimension_;
    ids_.resize(size * k);
    scores_.resize(size * k);
    index_->search(static_cast<faiss::idx_t>(size), batch, static_cast<faiss::idx_t>(k), scores_.data(),
                   ids_.data());
  }

  faiss::gpu::StandardGpuResources resources_;
  std::unique_ptr<faiss::gpu::GpuIndex> index_;
  std::size_t dimension_ = 0;
  std::vector<float> queries_;
  std::vector<faiss::idx_t> ids_;
  std::vector<float> scores_;
};

json AnswerSafely(std::unique_ptr<Peer>& peer, const std::string& line) {
  try {
    if (!peer) {
      densenode::PreloadCudaLibraries();
      peer = std::make_unique<Peer>();
    }
    json answer = peer->Answer(json::parse(line));
    answer["ok"] = true;
    return answer;
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace

int main() {
  std::unique_ptr<Peer> peer;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << AnswerSafely(peer, line) << std::endl;
  }
}
