// Trees of plugins that run plugins: guests/rust/nest, which runs itself as its input says, and
// guests/rust/pipeline, the sample.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/dynamic.h>

#include "tests/guests.h"
#include "tests/services/running.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;
using services::PluginsGrant;

// ---- What they are measured by, whatever is charged to them ------------------------------------

struct Measured {
  std::uint64_t work = 0;    // times around a loop, each of some instructions
  std::uint64_t memory = 0;  // of all instances that there are
  std::uint64_t most_memory = 0;
  std::uint64_t instances = 0;
  std::uint64_t most_instances = 0;
};

// interface test:nest/meter: one for each instance.
class Meter {
 public:
  explicit Meter(Measured& all) : all_(all) {
    all_.most_instances = std::max(all_.most_instances, ++all_.instances);
  }
  ~Meter() {
    --all_.instances;
    all_.memory -= memory_;
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  Result<void> work(CallContext&, std::uint64_t times) {
    all_.work += times;
    return {};
  }
  Result<void> memory(CallContext&, std::uint64_t bytes) {
    all_.memory += bytes - std::exchange(memory_, bytes);
    all_.most_memory = std::max(all_.most_memory, all_.memory);
    return {};
  }

  static constexpr std::string_view interface = "test:nest/meter";
  using Work = abi::Function<"work", void, abi::Param<"times", std::uint64_t>>;
  using Memory = abi::Function<"memory", void, abi::Param<"bytes", std::uint64_t>>;
  using Functions =
      HostFunctions<Implements<Work, &Meter::work>, Implements<Memory, &Meter::memory>>;

 private:
  Measured& all_;
  std::uint64_t memory_ = 0;
};
struct MeterWorld {
  static constexpr std::string_view name = "test:nest/measured";
  struct Imports {
    Host<Meter> meter;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::meter>;
  using Exports = mortise::Exports<>;
};

// ---- The first of them -------------------------------------------------------------------------

class PluginTrees : public ::testing::Test {
 protected:
  PluginTrees() {
    const std::string guests = MORTISE_GUEST_DIR "/";
    for (const std::string name : {"nest", "pipeline", "processor"})
      grant_.listed[name] = guests + name + ".wasm";
    grant_.services.emplace("meter", meter());
  }

  Service meter() {
    return Service::of<MeterWorld>({.meter = PerInstance<Meter>([this](std::string_view) {
                                      return Result<std::unique_ptr<Meter>>(
                                          std::make_unique<Meter>(measured_));
                                    })});
  }

  DynamicPlugin load(const std::string& name) {
    std::vector<Service> services{services::plugins(engine(), name, grant_)};
    if (name == "nest") services.push_back(meter());
    return good(
        DynamicPlugin::load(engine(), grant_.listed[name], {},
                            {.name = name, .limits = limits_, .services = std::move(services)}));
  }
  static Result<DynamicAnswer> call(const DynamicPlugin& plugin, DynamicInstance& instance,
                                    std::string_view input) {
    return instance.call(
        good(plugin.find("process-data")),
        {Value(input), Value::record({{.name = "name", .value = "n"},
                                      {.name = "version", .value = "1"},
                                      {.name = "priority", .value = Value::u32(1)}})});
  }
  static std::string text_of(const Result<DynamicAnswer>& answer) {
    if (!answer) return std::string(answer.error().message());
    return *(**answer).get<Value::Result>()->payload->get<std::string>();
  }
  // What a new instance answers.
  std::string run(const std::string& name, std::string_view input) {
    const DynamicPlugin plugin = load(name);
    auto instance = good(plugin.instantiate());
    return text_of(call(plugin, instance, input));
  }

  Measured measured_;
  Limits limits_{.deadline = 60s, .fuel = Fuel(1'000'000'000), .memory = MiB(64)};
  PluginsGrant grant_{.limits = {.deadline = 60s}};
};

TEST_F(PluginTrees, RunAPipelineThreeLevelsDeep) {
  EXPECT_EQ(run("pipeline", "pipeline processor\npipeline\nprocessor processor\nhello"),
            "[Processed by n v1]: [PROCESSED BY N V1]: [PROCESSED BY N V1]: HELLO");
  EXPECT_EQ(run("pipeline", "pipeline\nprocessor\n"), "pipeline: processor: Input cannot be empty");
  EXPECT_EQ(run("pipeline", "sort\nhello"),
            "pipeline is not allowed to load the plugin `sort`, which is not listed");
}

TEST_F(PluginTrees, EndAtTheDepthLimitWithAnErrorAndNotACrash) {
  std::string script = "i";
  for (int i = 0; i < 6; ++i) script = "i +plugins +meter{" + script + "}";
  EXPECT_EQ(run("nest", script), "4.[3.[2.[1.[0.!LimitExceeded:depth]]]]");
}

TEST_F(PluginTrees, EndAtTheNativeStackWithAnErrorAndNotACrash) {
  limits_.fuel = std::nullopt;
  grant_.depth = 1000;
  grant_.children = 1000;
  std::string script;
  for (std::uint64_t level = 1; level <= 24; ++level)
    script = concat("m", MiB(2 * level).count, " +plugins +meter{", script, "}");
  // Each level uses some kilobytes of it, and is entered only if it could use 832 KiB.
  std::string said;
  on_stack_of(KiB(880), [&] { said = run("nest", script); });
  EXPECT_TRUE(said.contains("[!LimitExceeded:stack]")) << said;
}

TEST_F(PluginTrees, GiveNoGrandchildWhatItsParentWasNotGiven) {
  grant_.services.emplace("other", meter());
  // The first has it.
  EXPECT_EQ(run("nest", "+other +plugins{ +other @processor{hi} }"), "[[[Processed by  v]: HI]]");
  EXPECT_EQ(run("nest", "+plugins +meter{ +meter +other @processor{hi} @processor{hi} }"),
            "[!Denied[[Processed by  v]: HI]]");
}

TEST_F(PluginTrees, ShareOneCountOfChildren) {
  grant_.children = 4;
  // Two of the kept child, and two of the one after it: for a grandchild there is no place.
  EXPECT_EQ(run("nest", "k +plugins +meter{} +plugins +meter{ @processor{hi} }"),
            "[][!Overloaded]");
  // What is dropped makes room.
  EXPECT_EQ(run("nest", "+plugins +meter{} +plugins +meter{ @processor{hi} }"),
            "[][[[Processed by  v]: HI]]");
}

TEST_F(PluginTrees, EndWithTheFirstOfThem) {
  limits_.fuel = std::nullopt;
  const DynamicPlugin plugin = load("nest");
  {
    auto instance = good(plugin.instantiate());
    EXPECT_EQ(text_of(call(plugin, instance, "k +plugins +meter{ k +plugins +meter{} }")), "[[]]");
    EXPECT_EQ(measured_.instances, 3U);
    // A grandchild that fails takes nobody along, a child its own.
    EXPECT_EQ(text_of(call(plugin, instance, "k +plugins +meter{ k +plugins +meter{x} }")),
              "[!GuestTrap]");
    EXPECT_EQ(text_of(call(plugin, instance, "k +plugins +meter{ k +plugins +meter{} x }")),
              "!GuestTrap");
    EXPECT_FALSE(call(plugin, instance, "k +plugins +meter{} x"));
    // All but its own: what it has left is looked at by whoever has it.
    EXPECT_EQ(measured_.instances, 1U);
  }
  EXPECT_EQ(measured_.instances, 0U);
  EXPECT_EQ(measured_.memory, 0U);
}

// ---- Whatever they do --------------------------------------------------------------------------

// A tree of scripts, and what its answers must say of grants.
class Tree {
 public:
  explicit Tree(std::uint32_t seed) : random_(seed) {}

  std::string script(int depth) {
    std::string out;
    const std::uint32_t steps = 1 + below(4);
    for (std::uint32_t i = 0; i < steps; ++i) {
      switch (below(depth == 0 ? 5 : 9)) {
        case 0: out += concat("s", below(200'000), " "); break;
        case 1: out += concat("g", below(20), " "); break;
        case 2: out += concat("e", below(300'000), " "); break;
        case 3: out += below(3) == 0 ? "x " : "i "; break;
        case 4: out += below(8) == 0 ? "l " : "s1000 "; break;
        default: out += child(depth); break;
      }
    }
    return out;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  std::string child(int depth) {
    constexpr std::uint64_t kMost = UINT64_MAX;
    std::string out;
    if (below(2) == 0) out += concat("f", below(10) == 0 ? kMost : below(3'000'000), " ");
    if (below(4) == 0) out += concat("t", below(10) == 0 ? kMost : below(30), " ");
    if (below(2) == 0) out += concat("m", below(10) == 0 ? kMost : below(8'000'000), " ");
    if (below(3) == 0) out += "k ";
    if (below(10) != 0) out += "+plugins ";
    if (below(10) != 0) out += "+meter ";
    if (below(10) == 0) out += "+other ";
    return out + "{" + script(depth - 1) + "} ";
  }

  std::mt19937 random_;
};

TEST_F(PluginTrees, NeverUseMoreThanTheFirstOfThemWasGiven) {
  limits_ = {.deadline = 60s, .fuel = Fuel(5'000'000), .memory = MiB(16)};
  std::vector<std::string> denials;
  grant_.children = 8;
  grant_.on_denied = [&](const services::Denial& denial) { denials.emplace_back(denial.what); };
  const DynamicPlugin plugin = load("nest");
  std::set<std::string> seen;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    measured_ = {};
    const std::string script = Tree(seed).script(4);
    SCOPED_TRACE(concat("seed ", seed, ": ", script));
    {
      auto instance = good(plugin.instantiate());
      // Kept children are there in the next call too.
      for (int calls = 0; calls < 2; ++calls) {
        measured_.work = 0;
        const auto answer = call(plugin, instance, script);
        EXPECT_LE(instance.fuel_used(), *limits_.fuel);
        // An instruction is about one unit, and once around the loop is more than one.
        EXPECT_LE(measured_.work, limits_.fuel->units);
        if (answer) {
          EXPECT_LE(measured_.work, instance.fuel_used().units);
        }
        EXPECT_LE(measured_.most_memory, limits_.memory.count);
        EXPECT_LE(measured_.most_instances, 1 + grant_.children);
        if (!answer) {
          seen.emplace(to_string(answer.error().limit()));
          break;
        }
        const std::string text = text_of(answer);
        for (const std::string_view kind :
             {"!Denied", "!GuestTrap", "!LimitExceeded:fuel", "!LimitExceeded:memory",
              "!LimitExceeded:deadline", "!LimitExceeded:depth", "!Overloaded", "[["})
          if (text.contains(kind)) seen.emplace(kind);
        EXPECT_FALSE(text.contains("!Internal") || text.contains("!Io")) << text;
      }
    }
    EXPECT_EQ(measured_.instances, 0U);
    EXPECT_EQ(measured_.memory, 0U);
  }
  // Nobody got what the first of them has not.
  const auto count = std::ranges::count_if(denials, [](const std::string& what) {
    return what == "to give a plugin `other`, which it does not have itself";
  });
  EXPECT_GT(count, 0);
  // The trees were not all alike.
  for (const std::string_view one :
       {"!Denied", "!GuestTrap", "!LimitExceeded:fuel", "!LimitExceeded:memory", "[["})
    EXPECT_TRUE(seen.contains(std::string(one))) << one;
}

}  // namespace
}  // namespace mortise::testing
