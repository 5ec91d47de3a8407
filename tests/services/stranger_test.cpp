// A plugin that was written for wasi:keyvalue, and not for this project.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <mortise/services/keyvalue/keyvalue.h>

#include "tests/services/files.h"
#include "tests/support.h"

namespace mortise::services {
namespace {

using Visit =
    abi::Function<"visit", std::expected<std::string, std::string>,
                  abi::Param<"bucket", std::string_view>, abi::Param<"who", std::string_view>>;

TEST(Stranger, RunsHere) {
  const testing::Folder folder;
  const auto store = Keyvalue::open({.file = folder.file("state.db")});
  ASSERT_TRUE(store) << store.error().to_string();
  const auto plugin =
      Plugin<testing::World<Visit>>::load(testing::engine(), MORTISE_GUEST_DIR "/visits.wasm", {},
                                          {.services = {store->for_plugin("visits", {})}});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  const auto visit = [&](std::string_view bucket, std::string_view who) {
    // What is kept is not kept in the instance.
    const auto out = testing::instance_of(*plugin).call().run(bucket, who);
    if (out) return *out;
    return out.refusal() != nullptr ? *out.refusal() : out.failure()->to_string();
  };
  EXPECT_EQ(visit("default", "bob"), "1 visits, bob last; bob");
  EXPECT_EQ(visit("default", "ada"), "2 visits, ada last; ada, bob");
  // As other hosts of it call their one store.
  EXPECT_EQ(visit("", "cy"), "1 visits, cy last; cy");
  EXPECT_EQ(visit("elsewhere", "cy"), "no such store");
}

TEST(Stranger, IsRefusedWithoutAGrant) {
  const auto plugin =
      Plugin<testing::World<Visit>>::load(testing::engine(), MORTISE_GUEST_DIR "/visits.wasm", {});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().kind(), Error::Kind::denied);
}

}  // namespace
}  // namespace mortise::services
