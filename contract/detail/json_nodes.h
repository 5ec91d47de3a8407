// JSON without types: what a text says, in the order of the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/value.h>

namespace mortise::json::detail {

struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, string, key, array, object };
  Kind kind;
  std::size_t at;  // in the text
  std::string_view
      text{};  // of a bool or a number as it is written; of a string what it stands for
  // The node that follows behind this one and all that it is made of, which begins with the next:
  // elements of an array; keys and values of an object.
  std::size_t next = 0;
};

// Views the text that it was read from.
struct Document {
  std::vector<Node> nodes{};  // the first is the value
  std::deque<std::string> strings{};
};

// Takes memory as the text is long, and no stack for what is nested.
std::expected<Document, contract::TextError> read_nodes(std::string_view text);

}  // namespace mortise::json::detail
