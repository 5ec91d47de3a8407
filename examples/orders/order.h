// Orders as they come, and what became of them: a line of JSON each.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orders {

struct Line {
  std::string item;
  std::uint32_t count;
  std::uint64_t cents;  // of one, as the customer was shown it
};

struct Order {
  std::string id;
  std::string customer;
  std::string country;
  std::vector<Line> lines;
};

// A part of the sum; below zero it is taken off.
struct Step {
  std::string what;
  std::int64_t cents;
};

struct Accepted {
  std::vector<Step> steps;
  std::int64_t total;
};
// Each reason is for the customer.
struct Refused {
  std::vector<std::string> reasons;
};
// Nobody knows whether it could be taken. `why` is a kind of error, or what the plugin said.
struct Failed {
  std::string plugin;
  std::string why;
};
using Verdict = std::variant<Accepted, Refused, Failed>;

// The text comes from strangers. Error: what is wrong with it.
std::expected<Order, std::string> parse_order(std::string_view json);

// {"id":"o-1","accepted":{"steps":[{"what":"goods","cents":100}],"total":100}}
std::string print_verdict(std::string_view id, const Verdict&);
// {"line":3,"malformed":"`id` is no text"}
std::string print_malformed(std::size_t line, std::string_view why);

}  // namespace orders
