// What check() and the readers of texts share: the way into a value, the members of types by name,
// numbers, and the words for what is wrong.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::contract::detail {

inline constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

// One step on the way into a value. Those before it are on the stack of who walks.
struct Step {
  const Step* before;
  std::string_view word;         // "parameter", or all of it: "the key"
  std::string_view name{};       // "meta"
  std::size_t index = kNowhere;  // of an element
  TypeId type = kNone;           // in the place of words
};

// "parameter `meta`, record `metadata`, field `priority`: ", or nothing where there is no step.
std::string path(const Contract&, const Step*);

// The type of one of a type's parts; kNone: it has none.
TypeId part(const Contract&, TypeId, std::size_t index);
Kind kind_of(const Contract&, TypeId);  // error_context where there is no such type

// A field or a flag that was read: which member, from where in the text, and the value of a field.
struct Given {
  std::size_t member;
  std::size_t at;
  Value value{};
};

// Puts them into the order of the type. The place of one that is there for the second time; null.
const Given* in_order(std::vector<Given>&);

// Finds members by name, in a time that does not grow with the product of what hostile types and
// hostile texts have.
class MemberIndex {
 public:
  explicit MemberIndex(const Contract& contract) : contract_(contract) {}

  // Its place among the members; kNowhere: there is none of that name.
  std::size_t find(TypeId, std::string_view name);

  // The first field that a record must have and that is not among `given`, which are in order;
  // kNowhere: all are there. Fields of option type need not be.
  std::size_t missing(TypeId record, const std::vector<Given>& given);

 private:
  struct Entry {
    std::vector<std::size_t> by_name;
    std::vector<std::size_t> required;
  };
  const Entry& entry(TypeId);

  const Contract& contract_;
  std::map<TypeId, Entry> entries_;
};

// ---- Words ----

// A stranger's name, cut where it is long.
std::string quoted(std::string_view name);
// "record `metadata` has no field `nam`: it has `name`, `version` and 3 more"
std::string has_no(const Contract&, TypeId, std::string_view name);
// ": it has `name`, `version` and 3 more", nearest first.
std::string it_has(std::string_view name, std::vector<std::string_view> names);
// "field `priority`, u32, is missing"
std::string is_missing(const Contract&, std::string_view word, const Member&);
// "field `priority` is there twice"
std::string is_twice(Kind, std::string_view name);
// Why there are no values of a type.
std::string no_values(const Contract&, TypeId);
std::string too_deep();
// What stands for a resource in texts: its name, or "resource" where nobody knows it.
std::string resource_name(const Type& handle);

// "from 0 to 255"
std::string range_text(std::int64_t least, std::uint64_t most);
template <std::integral T>
std::string range_text() {
  using Limits = std::numeric_limits<T>;
  return range_text(Limits::min(), Limits::max());
}

// With "line 1, column 24: " before the message.
TextError error_at(std::string_view text, std::size_t offset, std::string_view message);
// Of a text that is not UTF-8.
std::optional<TextError> not_utf8(std::string_view text);

// ---- Numbers ----

// The shortest text that is read as the same number, which is finite.
std::string number_text(float);
std::string number_text(double);

enum class Read : std::uint8_t { good, malformed, too_large };

// A text, all of it, as a number. An integer that is too small is too large as well, and a float
// that is too small for its type becomes 0.
template <std::integral T>
Read read_number(std::string_view text, T& out) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, out);
  if (at != end) return Read::malformed;
  if (error == std::errc::result_out_of_range) return Read::too_large;
  return error == std::errc{} ? Read::good : Read::malformed;
}
Read read_number(std::string_view text, float& out);
Read read_number(std::string_view text, double& out);

}  // namespace mortise::contract::detail
