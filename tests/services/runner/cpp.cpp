// Runs other plugins, and answers what it saw of them.
#include "parent_cpp.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace exports::techbytes::plugins::processor {

namespace {

namespace runner = ::mortise::plugins::runner;

constexpr runner::Share kAll{};
constexpr uint64_t kMemory = 4 << 20;

// What has to be there: else the test fails.
template <class T>
T need(T answer) {
  if (!answer) std::abort();
  return answer;
}

runner::Metadata meta(std::string_view name) {
  return {
      .name = wit::string::from_view(name), .version = wit::string::from_view("1"), .priority = 1};
}

void use_processor(std::string& seen) {
  const auto plugin = need(runner::Plugin::Load("processor", {}));
  const auto add = [&](const wit::string& line) { seen += "\n" + line.to_string(); };
  for (const wit::string& function : *need(plugin->Functions())) add(function);
  const auto child = need(plugin->Start(kMemory, kAll));
  add(**need(child->Call(R"(process-data("hi", {name: "n", version: "1", priority: 1}))", kAll)));
  add(**need(child->CallJson("process-data",
                             R"(["hi", {"name": "n", "version": "1", "priority": 1}])", kAll)));
  add(**need(child->ProcessData("hi", meta("n"), kAll)));
  add(need(child->ProcessData("", meta("n"), kAll))->error());
}

std::string failure_of(std::string_view how) {
  const auto plugin = need(runner::Plugin::Load("faulty", {}));
  const auto child = need(plugin->Start(kMemory, kAll));
  const auto answer = child->ProcessData("", meta(how), {.fuel = 100'000, .time = std::nullopt});
  if (answer) std::abort();
  return answer.error().message.to_string();
}

}  // namespace

std::expected<wit::string, wit::string> ProcessData(wit::string input, Metadata) {
  std::string seen = "levels: " + std::to_string(runner::WhatIsLeft().levels);
  use_processor(seen);
  for (const std::string_view how : {"panic", "loop"}) seen += "\n" + failure_of(how);
  const auto other = runner::Plugin::Load(input.get_view(), {});
  if (other) std::abort();
  seen += "\n" + other.error().message.to_string();
  return wit::string::from_view(seen);
}

}  // namespace exports::techbytes::plugins::processor
