// TOML as a tree of plain values, each with its place: what a policy and a lock file are read from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mortise::policy {

// Counted from 1; columns in characters.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct Node;
struct Entry;
using Array = std::vector<Node>;
using Table = std::vector<Entry>;
// A date, a time of day, or both without a zone.
struct LocalTime {};
using Instant = std::chrono::sys_time<std::chrono::nanoseconds>;

struct Node {
  Position at{};
  // Not initialised here, where Entry is not known yet; false by itself.
  std::variant<bool, std::int64_t, double, std::string, Instant, LocalTime, Array, Table> value;
};
struct Entry {
  std::string key;
  Position at;
  Node value;
};

struct SyntaxError {
  Position at;
  std::string message;  // safe to print
};

// What is nested deeper, in tables, arrays and dotted keys of a line, is an error: recursion over
// nodes needs no other bound.
inline constexpr std::size_t kMostDots = 16;
inline constexpr std::size_t kMostNesting = 16;

std::expected<Table, SyntaxError> parse_document(std::string_view text);

// The `quoted` text as TOML writes one.
std::string quoted(std::string_view text);

}  // namespace mortise::policy
