// The one way to compare functions and types of two contracts: down both at once, with the way in
// words. Who walks decides where to go, and whom a difference breaks (contract/compare.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <mortise/contract/compare.h>
#include <mortise/contract/model.h>

namespace mortise::contract::detail {

// Positions of names, the first of each. Few are searched, many are hashed: a stranger's record
// can have ten thousand fields.
template <class Item>
class Names {
 public:
  explicit Names(const std::vector<Item>& items) : items_(items) {
    if (items.size() <= kFew) return;
    for (std::size_t i = 0; i < items.size(); ++i) positions_.emplace(items[i].name, i);
  }

  // The number of items: there is none.
  std::size_t position(std::string_view name) const {
    if (items_.size() > kFew) {
      const auto found = positions_.find(name);
      return found == positions_.end() ? items_.size() : found->second;
    }
    std::size_t i = 0;
    while (i < items_.size() && items_[i].name != name) ++i;
    return i;
  }
  const Item* find(std::string_view name) const {
    const std::size_t i = position(name);
    return i < items_.size() ? &items_[i] : nullptr;
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }

 private:
  static constexpr std::size_t kFew = 8;
  const std::vector<Item>& items_;
  std::unordered_map<std::string_view, std::size_t> positions_;
};

// What the two sides are called: "the host" "expects" this, "the plugin" has that.
struct Sides {
  std::string_view expected;
  std::string_view expects;
  std::string_view actual;
};

class Walk {
 public:
  Walk(const Contract& expected, const Contract& actual, Sides sides)
      : sides_(sides), expected_(expected), actual_(actual) {}
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  const Contract& expected() const { return expected_; }
  const Contract& actual() const { return actual_; }
  Sides sides() const { return sides_; }

  // Where what follows is, and whom it breaks. Without a function: the interface itself.
  void enter(Direction, std::string_view interface, std::string_view function = {});
  void breaking(bool plugins, bool hosts);

  // Says so of where it is.
  void differ(Difference::Kind, std::string expected, std::string actual, std::string_view what);
  // "the host expects u32, the plugin has u64"
  void mismatch(Difference::Kind, std::string expected, std::string actual);

  // Parameters and result.
  void signature(const Function& want, const Function& have);
  // A type that both declare under this name.
  void declared(std::string_view name, TypeId want, TypeId have);

  // Says what differs within a pair of types of the same name once, and gives up past a bound:
  // for contracts that are both a stranger's.
  void say_once() { once_ = true; }
  // Interfaces that stand for each other under different names, as owners of resources:
  // "import a:b/c@1.0.0".
  void same_owner(std::string expected, std::string actual) {
    owners_.emplace(std::move(expected), std::move(actual));
  }

  std::vector<Difference> take() { return std::move(found_); }
  std::uint64_t more() const { return more_; }
  bool broke_plugins() const { return broke_plugins_; }
  bool broke_hosts() const { return broke_hosts_; }

 private:
  class Step;
  enum class Seen : std::uint8_t { equal, different };

  void payload(TypeId want, TypeId have);
  void type(TypeId want, TypeId have);
  void structure(TypeId want, TypeId have);
  void parts(const Type& want, const Type& have, const std::vector<std::string_view>& names);
  void tuple(TypeId want, TypeId have);
  void members(std::string_view word, const std::vector<Member>& want,
               const std::vector<Member>& have);
  void order(std::string_view word, const std::vector<Member>& want, const Names<Member>& in_want,
             const std::vector<Member>& have, const Names<Member>& in_have);
  bool same_resource(const Type& want, const Type& have) const;
  bool spend(std::size_t parts);
  std::string way() const;

  Sides sides_;
  const Contract& expected_;
  const Contract& actual_;
  Direction direction_{};
  std::string interface_;
  std::string function_;
  std::string where_;
  bool plugins_ = true;
  bool hosts_ = true;
  std::vector<std::string> path_;

  bool once_ = false;
  std::size_t visited_ = 0;  // parts of types
  std::unordered_map<std::uint64_t, Seen> seen_;
  std::unordered_map<std::string, std::string> owners_;

  std::vector<Difference> found_;
  std::uint64_t more_ = 0;
  std::uint64_t count_ = 0;
  bool broke_plugins_ = false;
  bool broke_hosts_ = false;
};

// "`priority`", escaped.
std::string in_ticks(std::string_view name);

}  // namespace mortise::contract::detail
