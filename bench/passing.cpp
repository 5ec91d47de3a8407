#include "bench/passing.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "passing_world.h"

namespace bench {

namespace {

namespace wit = mortise_::bench;
using wit::guest::Call;
using wit::host::Item;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

std::vector<std::uint8_t> bytes(std::size_t size) { return std::vector<std::uint8_t>(size, 7); }
std::vector<Item> items(std::size_t count) {
  std::vector<Item> all(count);
  U32 id = 0;
  for (Item& item : all) item = {.id = id++, .weight = 0.5, .count = 3};
  return all;
}

class Counter final : public wit::host::Counter {
 public:
  mortise::Result<U64> next(mortise::CallContext&) override { return ++count_; }

 private:
  U64 count_ = 0;
};

class Host final : public wit::host::Host {
 public:
  mortise::Result<std::unique_ptr<wit::host::Counter>> new_counter(mortise::CallContext&) override {
    return std::make_unique<Counter>();
  }
  mortise::Result<void> nothing(mortise::CallContext&) override { return {}; }
  mortise::Result<U32> add(mortise::CallContext&, U32 a, U32 b) override { return a + b; }
  mortise::Result<U32> take_bytes(mortise::CallContext&,
                                  std::span<const std::uint8_t> all) override {
    return static_cast<U32>(all.size());
  }
  mortise::Result<std::vector<std::uint8_t>> give_bytes(mortise::CallContext&, U32 size) override {
    return bytes(size);
  }
  // Looks at each: a view that nobody looks at is no work.
  mortise::Result<U32> take_items(mortise::CallContext&, mortise::ListView<Item> all) override {
    U32 sum = 0;
    for (const Item& item : all) sum += item.id;
    return sum;
  }
  mortise::Result<std::vector<Item>> give_items(mortise::CallContext&, U32 count) override {
    return items(count);
  }
};

// How often the guest calls the host in one call of its own: what that costs is lost in it.
constexpr U32 kTimes = 100;

constexpr std::pair<std::string_view, Call> kHostCalls[] = {
    {"host.nothing", Call::nothing},
    {"host.add", Call::add},
    {"host.take_bytes", Call::take_bytes},
    {"host.give_bytes", Call::give_bytes},
    {"host.take_items", Call::take_items},
    {"host.give_items", Call::give_items},
    {"host.next", Call::next},
};

// `call` returns a Result of `expected`.
template <class Code, class Value>
void measure(const Run& run, Code&& call, const Value& expected, U32 times = 1) {
  const auto answer = call();
  if (!answer) fail(answer.error().to_string());
  if (*answer != expected) fail("a wrong answer");
  run.time(
      [&] {
        const auto out = call();
        if (!out) fail("a timed call failed");
        return static_cast<std::size_t>(sizeof out);
      },
      times);
}

}  // namespace

bool passing(const Run& run, const mortise::Limits& limits) {
  Host host;
  const mortise::Engine engine;
  const auto plugin = mortise::Plugin<wit::Passing>::load(
      engine, run.guest, {.host = host},
      {.limits = limits, .compile = mortise::Compile::in_process});
  if (!plugin) fail(plugin.error().to_string());
  auto instance = plugin->instantiate();
  if (!instance) fail(instance.error().to_string());
  const auto guest = instance->guest();

  const std::size_t count = run.size / sizeof(Item);
  const U32 ids = static_cast<U32>(count * (count - (count > 0 ? 1 : 0)) / 2);
  const std::string_view what = run.what();
  for (const auto& [name, call] : kHostCalls) {
    if (what != name) continue;
    const bool of_items = call == Call::take_items || call == Call::give_items;
    const U32 size = static_cast<U32>(of_items ? count : run.size);
    U64 sum = 0;
    switch (call) {
      case Call::nothing: break;
      case Call::add: sum = 42 * kTimes; break;
      case Call::take_bytes:
      case Call::give_bytes: sum = U64{size} * kTimes; break;
      case Call::take_items: sum = U64{ids} * kTimes; break;
      case Call::give_items: sum = U64{size} * kTimes; break;
      case Call::next: sum = U64{kTimes} * (kTimes + 1) / 2; break;
    }
    measure(run, [&] { return guest.repeat(call, kTimes, size); }, sum, kTimes);
    return true;
  }
  if (what == "guest.take_bytes") {
    const auto all = bytes(run.size);
    measure(run, [&] { return guest.take_bytes(all); }, static_cast<U32>(run.size));
  } else if (what == "guest.give_bytes") {
    measure(run, [&] { return guest.give_bytes(static_cast<U32>(run.size)); }, bytes(run.size));
  } else if (what == "guest.take_items") {
    const auto all = items(count);
    measure(run, [&] { return guest.take_items(all); }, static_cast<U32>(count));
  } else if (what == "guest.give_items") {
    measure(run, [&] { return guest.give_items(static_cast<U32>(count)); }, items(count));
  } else if (what == "guest.next") {
    const auto cart = guest.new_cart();
    if (!cart) fail(cart.error().to_string());
    if (cart->next().value_or(0) != 1) fail("a wrong answer");
    run.time([&] {
      const auto out = cart->next();
      if (!out) fail("a timed call failed");
      return static_cast<std::size_t>(*out);
    });
  } else {
    return false;
  }
  return true;
}

}  // namespace bench
