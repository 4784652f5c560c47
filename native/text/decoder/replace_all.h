// Replaces strings in a token, as decoders do.
#pragma once

#include <string>
#include <string_view>

namespace densenode {

// Every `from` becomes `to`; an empty `from` stands before each character and at the end.
void ReplaceAll(std::string_view from, std::string_view to, std::string* text);

// Undoes the spaces that English punctuation and contractions gained when words were cut.
void CleanUpSpaces(std::string* text);

}  // namespace densenode
