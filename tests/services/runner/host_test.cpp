// A plugin that runs others, in the language that the environment names.
#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <mortise/services/plugins/plugins.h>

#include "plugin_world.h"
#include "tests/guests.h"
#include "tests/matrix/plugin.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;

TEST(Runner, RunsOtherPlugins) {
  const std::string guests = MORTISE_GUEST_DIR "/";
  const Service runner = services::plugins(
      engine(), "parent",
      {.listed = {{"processor", guests + "processor.wasm"}, {"faulty", guests + "faulty.wasm"}},
       .limits = {.deadline = 60s}});
  const auto plugin = good(Plugin<techbytes::plugins::PluginWorld>::load(
      engine(), given("MORTISE_MATRIX_COMPONENT"), {},
      {.limits = {.deadline = 60s, .fuel = Fuel(100'000'000'000), .memory = MiB(128)},
       .services = {runner}}));
  auto instance = good(plugin.instantiate());
  const auto out =
      instance.processor().process_data("other", {.name = "n", .version = "1", .priority = 1});
  ASSERT_TRUE(out) << (out.failure() ? out.failure()->to_string() : *out.refusal());
  EXPECT_EQ(*out,
            "levels: 4\n"
            "techbytes:plugins/processor.process-data\n"
            "ok(\"[Processed by n v1]: HI\")\n"
            "{\"ok\":\"[Processed by n v1]: HI\"}\n"
            "[Processed by n v1]: HI\n"
            "Input cannot be empty\n"
            "parent/faulty: process-data trapped: wasm `unreachable` instruction executed\n"
            "parent/faulty: process-data used up its fuel of 100000\n"
            "parent is not allowed to load the plugin `other`, which is not listed");
}

}  // namespace
}  // namespace mortise::testing
