#include "text/metaspace.h"

#include "text/utf8.h"

namespace densenode {
namespace {

Metaspace::Scheme ReadScheme(const JsonField& field) {
  if (field.is_null() || field.String() == "always") return Metaspace::Scheme::kAlways;
  if (field.String() == "first") return Metaspace::Scheme::kFirst;
  if (field.String() == "never") return Metaspace::Scheme::kNever;
  field.Invalid("always, first or never");
}

}  // namespace

Metaspace::Metaspace(const JsonField& field) : scheme(ReadScheme(field.Get("prepend_scheme"))) {
  AppendUtf8(field.At("replacement").Character(), &replacement);
  // Files of before 2024 say add_prefix_space instead; what contradicts it is refused, as in the official
  // library.
  const JsonField legacy = field.Get("add_prefix_space");
  if (legacy.is_null() || legacy.Bool() || scheme == Scheme::kNever) return;
  if (!field.Get("prepend_scheme").is_null()) legacy.Invalid("true where prepend_scheme is not never");
  scheme = Scheme::kNever;
}

}  // namespace densenode
