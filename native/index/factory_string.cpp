#include "index/factory_string.h"

#include <array>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::size_t kMostCharacters = 128;
constexpr std::uint64_t kMostBytesAtCreation = std::uint64_t{1} << 30;
constexpr std::size_t kMostDimensions = 65536;
constexpr std::size_t kMostLists = std::size_t{1} << 24;
constexpr std::size_t kBytesPerList = 2 * 88;  // two faiss::MaybeOwnedVector: ids and codes
constexpr std::size_t kLinks = 32;             // of HNSW where no number is given

// Reads one component from left to right. A number of more than 9 digits does not fit any limit and is not
// read.
class Component {
 public:
  explicit Component(std::string_view text) : rest_(text) {}
  bool Eat(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  std::optional<std::size_t> Number() {
    std::size_t length = 0, value = 0;
    while (length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9') {
      if (length < 9) value = value * 10 + static_cast<std::size_t>(rest_[length] - '0');
      ++length;
    }
    if (length == 0 || length > 9) return std::nullopt;
    rest_.remove_prefix(length);
    return value;
  }
  std::string_view rest() const { return rest_; }
  bool ended() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

class Checker {
 public:
  Checker(const std::string& factory, std::size_t dimension, Metric metric)
      : factory_(factory), dimension_(dimension), metric_(metric) {}

  // The one way of writing such an index.
  std::string Check() {
    auto parts = Split();
    std::size_t next = 0;
    while (next + 1 < parts.size() && Transform(parts[next])) ++next;
    const bool transformed = next > 0;
    const std::string_view base = parts[next++];
    if (base.starts_with("HNSW")) {
      Hnsw(base, next < parts.size() && !IsRefine(parts[next]) ? parts[next++] : std::string_view("Flat"));
    } else if (base.starts_with("IVF") || base.starts_with("IMI")) {
      const std::size_t lists = Coarse(base);
      if (next == parts.size())
        Invalid("a coarse quantizer needs a code after it, such as \",Flat\" or \",PQ16\"");
      const auto code = parts[next++];
      if (!FastScan(code, true)) Code(code, false);
      bytes_ += lists * kBytesPerList;
    } else if (!FastScan(base, false)) {
      Code(base, false);
    }
    bool refined = false;
    for (; next < parts.size(); ++next) {
      if (refined || !IsRefine(parts[next])) Unknown(parts[next]);
      Refine(parts[next]);
      refined = true;
    }
    if (metric_ == Metric::kL1 && (transformed || refined)) L1(transformed ? "a transform" : "refinement");
    if (bytes_ > kMostBytesAtCreation) {
      Invalid("it asks for ", bytes_ >> 20, " MiB before the first vector; at most ",
              kMostBytesAtCreation >> 20, " MiB are accepted");
    }
    canonical_.pop_back();
    return canonical_;
  }

 private:
  template <typename... Parts>
  [[noreturn]] void Invalid(const Parts&... parts) const {
    Fail(ErrorCode::kIndexInvalid, "the index factory string \"", factory_, "\" is not valid for dimension ",
         dimension_, ": ", parts...);
  }
  template <typename... Parts>
  [[noreturn]] void Unsupported(const Parts&... parts) const {
    Fail(ErrorCode::kIndexUnsupported, "the index factory string \"", factory_, "\" with metric \"",
         MetricName(metric_), "\" is not supported: ", parts...);
  }
  [[noreturn]] void L1(std::string_view part) const {
    Unsupported("metric \"l1\" works with Flat, IVFn,Flat and HNSWn, but not with ", part);
  }
  [[noreturn]] void Unknown(std::string_view part) const {
    static constexpr std::array kElsewhere{"NSG",  "LSH",   "LSCQ",  "LSQ",  "RQ",   "RCQ",
                                           "PRQ",  "PLSQ",  "ZnL",   "ITQ",  "Resi", "MinM",
                                           "SQ8_", "FlatD", "BFlat", "BIVF", "BHN",  "BHas"};
    for (std::string_view name : kElsewhere) {
      if (part.starts_with(name)) {
        Unsupported("\"", part,
                    "\" is a part that densenode does not offer; use Flat, SQ, PQ, RaBitQ, IVF or HNSW");
      }
    }
    if (part.starts_with("IDMap")) Invalid("leave \"IDMap\" out: every index keeps ids");
    Invalid("\"", part, "\" is not understood here");
  }

  // Parts of the canonical string, of which each ends with a comma.
  template <typename... Parts>
  void Write(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    canonical_ += text.str();
  }

  // A number within limits, or an error that names the part it belongs to.
  std::size_t Within(std::optional<std::size_t> value, std::size_t least, std::size_t most,
                     std::string_view what) const {
    if (!value || *value < least || *value > most) {
      Invalid(what, " must be a number from ", least, " to ", most);
    }
    return *value;
  }

  // Components between the commas outside parentheses.
  std::vector<std::string_view> Split() const {
    std::vector<std::string_view> parts;
    std::string_view text = factory_;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (i == text.size() || (text[i] == ',' && depth == 0)) {
        if (i == begin) Invalid("an empty part at position ", begin);
        parts.push_back(text.substr(begin, i - begin));
        begin = i + 1;
      } else if (text[i] == '(') {
        if (++depth > 1) Invalid("parentheses inside parentheses");
      } else if (text[i] == ')') {
        if (--depth < 0) Invalid("unbalanced parentheses");
      }
    }
    if (depth != 0) Invalid("unbalanced parentheses");
    return parts;
  }

  // Reads a transform and follows the dimension through it; false if `part` is none.
  bool Transform(std::string_view part) {
    Component text(part);
    std::size_t out = dimension_;
    std::string name;
    if (text.Eat("PCA")) {
      name = "PCA";
      if (text.Eat("W")) name += "W";
      if (text.Eat("R")) name += "R";
      out = Within(text.Number(), 1, dimension_, "n of PCAn");
    } else if (text.Eat("OPQ")) {
      const std::size_t m = Within(text.Number(), 1, kMostDimensions, "m of OPQm");
      if (text.Eat("_")) out = Within(text.Number(), 1, dimension_, "n of OPQm_n");
      if (out % m != 0) Invalid("m of OPQm must divide the dimension, but ", m, " does not divide ", out);
      bytes_ += std::uint64_t{16} * dimension_ * dimension_;
      name = "OPQ_";  // once trained it is a matrix, whatever m was
    } else if (text.Eat("RR")) {
      name = "RR";
      if (!text.ended()) out = Within(text.Number(), 1, dimension_, "n of RRn");
    } else if (text.Eat("Pad")) {
      out = Within(text.Number(), dimension_, kMostDimensions, "n of Padn");
      bytes_ += sizeof(int) * out;
      dimension_ = out;
      Write("Pad", out, ",");
      return Ended(text, part);
    } else if (text.Eat("L2norm") || text.Eat("L2Norm")) {
      Write("L2norm,");
      return Ended(text, part);
    } else {
      return false;
    }
    bytes_ += sizeof(float) * dimension_ * std::uint64_t{dimension_};
    dimension_ = out;
    Write(name, out, ",");
    return Ended(text, part);
  }

  bool Ended(const Component& text, std::string_view part) const {
    if (!text.ended()) Unknown(part);
    return true;
  }

  void Hnsw(std::string_view part, std::string_view code) {
    Component text(part);
    text.Eat("HNSW");
    std::size_t links = kLinks;
    if (!text.ended() && text.rest()[0] != '_') links = Within(text.Number(), 2, 512, "M of HNSWM");
    Write("HNSW", links, ",");
    if (text.Eat("_")) {
      if (code != "Flat") Unknown(part);
      code = text.rest();
    } else if (!text.ended()) {
      Unknown(part);
    }
    if (code.starts_with("RaBitQ")) Unknown(code);
    Code(code, true);
  }

  // The number of inverted lists.
  std::size_t Coarse(std::string_view part) {
    Component text(part);
    if (text.Eat("IMI2x")) {
      const std::size_t bits = Within(text.Number(), 1, 11, "bits of IMI2xbits");
      if (!text.ended()) Unknown(part);
      if (metric_ != Metric::kL2) Unsupported("IMI works with metric \"l2\" only");
      if (dimension_ % 2 != 0) Invalid("IMI2x needs an even dimension");
      bytes_ += sizeof(float) * (std::uint64_t{1} << bits) * dimension_;
      Write("IMI2x", bits, ",");
      return std::size_t{1} << (2 * bits);
    }
    text.Eat("IVF");
    std::size_t lists = Within(text.Number(), 1, kMostLists, "n of IVFn");
    if (text.Eat("k"))
      lists <<= 10;
    else if (text.Eat("M"))
      lists <<= 20;
    Within(lists, 1, kMostLists, "n of IVFn");
    Write("IVF", lists, text.ended() ? "," : "_HNSW");
    if (text.ended()) return lists;
    const bool in_parentheses = text.Eat("(");
    if ((!in_parentheses && !text.Eat("_")) || !text.Eat("HNSW")) Unknown(part);
    std::size_t links = kLinks;
    if (!text.ended() && text.rest() != ")") links = Within(text.Number(), 2, 512, "M of HNSWM");
    Write(links, ",");
    if (in_parentheses && !text.Eat(")")) Unknown(part);
    if (!text.ended()) Unknown(part);
    return lists;
  }

  void Code(std::string_view part, bool under_hnsw) {
    if (!part.starts_with("PQ")) Write(part, ",");
    if (part == "Flat") return;
    if (part == "RaBitQ" || part == "SQ4" || part == "SQ6" || part == "SQ8" || part == "SQfp16" ||
        part == "SQbf16") {
      if (metric_ == Metric::kL1) L1(part);
      return;
    }
    Component text(part);
    if (!text.Eat("PQ")) Unknown(part);
    const std::size_t m = Subvectors(text.Number());
    std::size_t bits = 8;
    if (text.Eat("x")) bits = Within(text.Number(), 1, under_hnsw ? 8 : 16, "bits of PQmxbits");
    text.Eat("np");
    if (!text.ended()) Unknown(part);
    if (metric_ == Metric::kL1) L1(part);
    if (under_hnsw && metric_ != Metric::kL2) {
      Unsupported("HNSW over PQ works with metric \"l2\" only; use HNSWn,SQ8 instead");
    }
    Write("PQ", m, "x", bits, ",");
    bytes_ += sizeof(float) * (std::uint64_t{1} << bits) * dimension_;
    if (under_hnsw) bytes_ += sizeof(float) * (std::uint64_t{1} << (2 * bits)) * m;
  }

  // "PQmx4fs", the 4-bit codes that are compared in SIMD registers; false if `part` is something else.
  bool FastScan(std::string_view part, bool under_ivf) {
    Component text(part);
    if (!text.Eat("PQ")) return false;
    const auto m = text.Number();
    if (!text.Eat("x4fs")) return false;
    Write("PQ", Subvectors(m), "x4fs");
    if (under_ivf && text.Eat("r")) Write("r");
    Write(",");
    // Other blocks than FAISS's default throw inside its parallel loops, which ends the process.
    if (text.Eat("_")) Within(text.Number(), 32, 32, "block of PQmx4fs_block");
    if (!text.ended()) Unknown(part);
    if (metric_ == Metric::kL1) L1(part);
    bytes_ += sizeof(float) * 16 * dimension_;
    return true;
  }

  std::size_t Subvectors(std::optional<std::size_t> value) const {
    const std::size_t m = Within(value, 1, dimension_, "m of PQm");
    if (dimension_ % m != 0)
      Invalid("m of PQm must divide the dimension, but ", m, " does not divide ", dimension_);
    return m;
  }

  static bool IsRefine(std::string_view part) { return part == "RFlat" || part.starts_with("Refine("); }

  // The refining index sees the input before any transform.
  void Refine(std::string_view part) {
    Write("R");
    if (part == "RFlat") return Code("Flat", false);
    part.remove_prefix(7);
    if (!part.ends_with(')')) Unknown(part);
    part.remove_suffix(1);
    if (part != "Flat" && !part.starts_with("SQ")) Unknown(part);
    Code(part, false);
  }

  const std::string& factory_;
  std::size_t dimension_;
  Metric metric_;
  std::uint64_t bytes_ = 0;
  std::string canonical_;
};

}  // namespace

void CheckFactoryString(const std::string& factory, std::size_t dimension, Metric metric) {
  if (factory.empty() || factory.size() > kMostCharacters) {
    Fail(ErrorCode::kIndexInvalid, "an index factory string has 1 to ", kMostCharacters,
         " characters, but got ", factory.size());
  }
  for (char c : factory) {
    if (std::string_view("_,()").find(c) == std::string_view::npos && !(c >= '0' && c <= '9') &&
        !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) {
      Fail(ErrorCode::kIndexInvalid, "the index factory string \"", factory,
           "\" has a character that no index uses; write it like \"Flat\" or \"IVF1000,PQ16\"");
    }
  }
  CanonicalFactory(factory, dimension, metric);
}

std::string CanonicalFactory(const std::string& factory, std::size_t dimension, Metric metric) {
  return Checker(factory, dimension, metric).Check();
}

}  // namespace densenode
