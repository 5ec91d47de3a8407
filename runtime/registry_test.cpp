// Plugins are found by name and version, and changed with no call lost.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/registry.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using Run = Gives<std::uint32_t>;
using OneWorld = World<Run>;
using OnePool = Pool<OneWorld>;
using OneRegistry = Registry<OneWorld>;

// run() returns `number`.
Plugin<OneWorld> plugin_with(std::uint32_t number, std::shared_ptr<Observer> observer = nullptr) {
  return load<Run>(
      component(concat(R"((func (export "run") (result i32) (i32.const )", number, "))"),
                R"((func (export "run") (result u32) (canon lift (core func $i "run"))))"),
      {.limits = {.deadline = 60s}, .observer = std::move(observer)});
}
OnePool pool_of(const Plugin<OneWorld>& plugin) {
  return good(OnePool::create(plugin, {.isolation = Isolation::reuse, .max = 4, .min = 1}));
}
OnePool pool(std::uint32_t number) { return pool_of(plugin_with(number)); }
Version version(std::string_view text) { return *Version::parse(text); }
VersionRequirement requirement(std::string_view text) { return *VersionRequirement::parse(text); }

// What it answers that was found; 0: nothing was.
std::uint32_t answer(std::optional<OnePool> found) { return found ? good(found->call().run()) : 0; }

TEST(Registry, FindsTheHighestReleaseByName) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.9.0"), pool(1)));
  EXPECT_TRUE(plugins.add("a", version("1.10.0"), pool(2)));
  EXPECT_TRUE(plugins.add("a", version("2.0.0-rc.1"), pool(3)));
  EXPECT_TRUE(plugins.add("b", version("0.1.0-rc.1"), pool(4)));
  EXPECT_EQ(answer(plugins.find("a")), 2U);
  EXPECT_EQ(answer(plugins.find("b")), 4U);
  EXPECT_EQ(answer(plugins.find("c")), 0U);
}

TEST(Registry, FindsAVersion) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.2.0"), pool(1)));
  EXPECT_TRUE(plugins.add("a", version("1.3.0"), pool(2)));
  EXPECT_TRUE(plugins.add("a", version("2.0.0"), pool(3)));
  EXPECT_EQ(answer(plugins.find("a", version("1.2.0"))), 1U);
  EXPECT_EQ(answer(plugins.find("a", version("1.2.1"))), 0U);
  EXPECT_EQ(answer(plugins.find("a", requirement("1"))), 2U);
  EXPECT_EQ(answer(plugins.find("a", requirement("<1.3"))), 1U);
  EXPECT_EQ(answer(plugins.find("a", requirement("3"))), 0U);
  EXPECT_EQ(answer(plugins.find("b", requirement("*"))), 0U);
}

TEST(Registry, FindsTheVersionThatIsPreferred) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(1)));
  EXPECT_TRUE(plugins.add("a", version("2.0.0"), pool(2)));
  EXPECT_TRUE(plugins.prefer("a", version("1.0.0")));
  EXPECT_EQ(answer(plugins.find("a")), 1U);
  EXPECT_TRUE(plugins.remove("a", version("1.0.0")));
  EXPECT_EQ(answer(plugins.find("a")), 2U);
}

TEST(Registry, ListsWhatItHas) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("b", version("1.0.0"), pool(1)));
  EXPECT_TRUE(plugins.add("a", version("2.0.0"), pool(2)));
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(3)));
  EXPECT_EQ(plugins.list(), (std::vector<RegistryEntry>{
                                {.name = "a", .version = version("1.0.0")},
                                {.name = "a", .version = version("2.0.0"), .current = true},
                                {.name = "b", .version = version("1.0.0"), .current = true}}));
  EXPECT_TRUE(plugins.remove("b", version("1.0.0")));
  EXPECT_EQ(plugins.list().size(), 2U);
}

TEST(Registry, SaysWhatCannotBeChanged) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(1)));
  const auto misuse = [](std::string message) {
    return fails(Error::Kind::misuse, std::move(message));
  };
  EXPECT_EQ(failure(plugins.add("a", version("1.0.0"), pool(2))),
            misuse("a 1.0.0 is in the registry already; replace it"));
  EXPECT_EQ(failure(plugins.replace("a", version("1.0.1"), pool(2))),
            misuse("a 1.0.1 is not in the registry"));
  EXPECT_EQ(failure(plugins.remove("b\n", version("1.0.0"))),
            misuse("b\\u{a} 1.0.0 is not in the registry"));
  EXPECT_EQ(failure(plugins.prefer("a", version("2.0.0"))),
            misuse("a 2.0.0 is not in the registry"));
}

TEST(Registry, LeavesTheOldOneToThoseWhoHaveIt) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(1)));
  auto held = plugins.find("a");
  std::optional lease = good(held->take());
  Retired old = good(plugins.replace("a", version("1.0.0"), pool(2)));
  EXPECT_EQ(answer(plugins.find("a")), 2U);
  EXPECT_EQ(answer(held), 1U);
  EXPECT_FALSE(old.wait(0ms));
  held.reset();
  EXPECT_FALSE(old.wait(0ms));
  EXPECT_EQ(good((*lease)->call().run()), 1U);
  lease.reset();
  EXPECT_TRUE(old.wait());
}

TEST(Registry, CountsAmongThemLeasesThatCameWithoutBlocking) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(1)));
  std::optional<Lease<OneWorld>> lease;
  plugins.find("a")->take_async(
      {}, [&](Result<Lease<OneWorld>> held) { lease = good(std::move(held)); });
  Retired old = good(plugins.replace("a", version("1.0.0"), pool(2)));
  EXPECT_FALSE(old.wait(0ms));
  lease.reset();
  EXPECT_TRUE(old.wait(std::chrono::milliseconds::max()));
}

// The observer of a plugin is told of the end of its instances, and may ask what there is.
TEST(Registry, MayBeAskedWhereAPoolEndsWithAChange) {
  struct Asking : Observer {
    void instance(const InstanceReport&) noexcept override { listed = plugins->list().size(); }
    OneRegistry* plugins = nullptr;
    std::size_t listed = 0;
  };
  const auto observer = std::make_shared<Asking>();
  OneRegistry plugins;
  observer->plugins = &plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool_of(plugin_with(1, observer))));
  EXPECT_TRUE(plugins.add("b", version("1.0.0"), pool(2)));
  EXPECT_TRUE(plugins.remove("a", version("1.0.0")));
  EXPECT_EQ(observer->listed, 1U);
}

TEST(Registry, SaysAtOnceThatNobodyHasTheOldOne) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(1)));
  EXPECT_TRUE(good(plugins.remove("a", version("1.0.0"))).wait(0ms));
}

TEST(Registry, LosesNoCallToAChange) {
  OneRegistry plugins;
  EXPECT_TRUE(plugins.add("a", version("1.0.0"), pool(1)));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> calls = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      while (!done) {
        const std::uint32_t out = answer(plugins.find("a"));
        EXPECT_TRUE(out == 1 || out == 2);
        ++calls;
      }
    });
  for (std::uint32_t i = 0; i < 20; ++i) {
    Retired old = good(plugins.replace("a", version("1.0.0"), pool(i % 2 + 1)));
    EXPECT_TRUE(old.wait(60s));
  }
  while (calls < 100) std::this_thread::yield();
  done = true;
}

}  // namespace
}  // namespace mortise::testing
