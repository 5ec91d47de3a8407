// A plugin that calls its host, which writes down what it is asked.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "caller.h"
#include "tests/matrix/plugin.h"

namespace mortise::testing {
namespace {

namespace store = matrix::host::store;
using matrix::host::Caller;

struct Told {
  std::vector<std::string> log;
  std::map<std::string, std::string> kept;
  int cursors = 0;  // alive
};

class Cursor final : public store::Cursor {
 public:
  Cursor(Told& told, std::string_view prefix) : told_(told), prefix_(prefix) { ++told_.cursors; }
  ~Cursor() override { --told_.cursors; }

  Result<std::optional<std::string>> next(CallContext&) override {
    const auto found = last_ ? told_.kept.upper_bound(*last_) : told_.kept.lower_bound(prefix_);
    if (found == told_.kept.end() || !found->first.starts_with(prefix_)) return std::nullopt;
    last_ = found->first;
    return last_;
  }

 private:
  Told& told_;
  std::string prefix_;
  std::optional<std::string> last_;
};

class Store final : public store::Host {
 public:
  explicit Store(Told& told) : told_(told) {}

  Result<void> log(CallContext&, store::Level level, std::string_view message) override {
    told_.log.push_back((level == store::Level::info ? "info: " : "debug: ") +
                        std::string(message));
    return {};
  }
  Result<std::optional<std::vector<std::uint8_t>>> get(CallContext&,
                                                       std::string_view key) override {
    const auto found = told_.kept.find(std::string(key));
    if (found == told_.kept.end()) return std::nullopt;
    return std::vector<std::uint8_t>(found->second.begin(), found->second.end());
  }
  Outcome<std::uint32_t, std::string> put(CallContext&, const store::EntryRef& entry) override {
    if (entry.key == "k-locked") return std::unexpected(std::string("k-locked is locked"));
    told_.kept[std::string(entry.key)] = std::string(entry.value.begin(), entry.value.end());
    return static_cast<std::uint32_t>(told_.kept.size());
  }
  Result<std::unique_ptr<store::Cursor>> new_cursor(CallContext&,
                                                    std::string_view prefix) override {
    return std::make_unique<Cursor>(told_, prefix);
  }

 private:
  Told& told_;
};

// Lives until the program ends, as the plugin does.
Told& told() {
  static auto* const one = new Told;
  return *one;
}

const Plugin<Caller>& loaded() {
  static auto* const functions = new Store(told());
  return plugin<Caller>({.store = *functions});
}

Instance<Caller>& instance() {
  static auto* const one = new Instance<Caller>(started(loaded()));
  return *one;
}

TEST(MatrixHost, CallsEveryFunctionOfItsHost) {
  const std::vector<std::string_view> words{"one", "zwölf", ""};
  const auto out = instance().task().run(words);
  ASSERT_TRUE(out) << (out.refusal() != nullptr ? *out.refusal() : out.failure()->to_string());
  EXPECT_EQ(*out, 3U);
  EXPECT_EQ(told().log,
            (std::vector<std::string>{"info: word one", "info: word zwölf", "info: word ",
                                      "debug: k-", "debug: k-one", "debug: k-zwölf"}));
  EXPECT_EQ(told().kept, (std::map<std::string, std::string>{
                             {"k-", ""}, {"k-one", "one"}, {"k-zwölf", "zwölf"}}));
}

TEST(MatrixHost, PassesTheHostsErrorOn) {
  const std::vector<std::string_view> words{"locked"};
  const auto out = instance().task().run(words);
  ASSERT_NE(out.refusal(), nullptr) << out.failure()->to_string();
  EXPECT_EQ(*out.refusal(), "k-locked is locked");
}

// Where a collector drops them, that may be later: with the instance at the latest.
TEST(MatrixHost, DropsWhatItOpened) {
  const bool collects = language() == "go" || language() == "js" || language() == "python";
  if (!collects) {
    EXPECT_EQ(told().cursors, 0);
  }
  instance() = started(loaded());
  EXPECT_EQ(told().cursors, 0);
}

}  // namespace
}  // namespace mortise::testing
