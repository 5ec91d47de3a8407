// Services: what one plugin is granted beside what its world imports.
#include <mortise/runtime/service.h>

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/dynamic.h>

#include "tests/support.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using U32 = std::uint32_t;

// interface test:services/adder@1.0.0, as a binding has it.
class Adder {
 public:
  explicit Adder(U32 more = 0) : more_(more) {}
  virtual ~Adder() = default;
  Result<U32> add(CallContext&, U32 a, U32 b) { return a + b + more_; }

  static constexpr std::string_view interface = "test:services/adder@1.0.0";
  using Add = abi::Function<"add", U32, abi::Param<"a", U32>, abi::Param<"b", U32>>;
  using Functions = HostFunctions<Implements<Add, &Adder::add>>;

 private:
  U32 more_;
};
struct AdderWorld {
  static constexpr std::string_view name = "test:services/adding";
  struct Imports {
    Host<Adder> adder;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::adder>;
  using Exports = mortise::Exports<>;
};

// interfaces test:services/store and test:services/sizes, which uses its resource.
class Bucket {
 public:
  static constexpr auto resource = abi::host_resource<Bucket>("test:services/store", "bucket");
  explicit Bucket(U32 items) : size(items) {}
  virtual ~Bucket() = default;
  const U32 size;
};
class Store {
 public:
  virtual ~Store() = default;
  Result<std::unique_ptr<Bucket>> open(CallContext&) { return std::make_unique<Bucket>(7); }

  static constexpr std::string_view interface = "test:services/store";
  using Open = abi::Function<"open", std::unique_ptr<Bucket>>;
  using Functions = HostFunctions<Implements<Open, &Store::open>>;
};
class Sizes {
 public:
  virtual ~Sizes() = default;
  Result<U32> size(CallContext&, Bucket& bucket) { return bucket.size; }

  static constexpr std::string_view interface = "test:services/sizes";
  using Size = abi::Function<"size", U32, abi::Param<"of", Borrow<Bucket>>>;
  using Functions = HostFunctions<Implements<Size, &Sizes::size>>;
};
struct StoreWorld {
  static constexpr std::string_view name = "test:services/storing";
  struct Imports {
    Host<Store> store;
    Host<Sizes> sizes;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::store, &Imports::sizes>;
  using HostResources = mortise::HostResources<Bucket>;
  using Exports = mortise::Exports<>;
};

using RunIt = abi::Function<"run", U32>;
// A world that imports the adder itself.
struct AddingWorld : World<RunIt> {
  struct Imports {
    Host<Adder> adder;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::adder>;
};
// One that imports the store, and not the sizes.
struct OpeningWorld : World<RunIt> {
  struct Imports {
    Host<Store> store;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::store>;
  using HostResources = mortise::HostResources<Bucket>;
};

Service adder(U32 more = 0) {
  return Service::of<AdderWorld>({.adder = std::make_shared<Adder>(more)});
}
Service store() {
  return Service::of<StoreWorld>(
      {.store = std::make_shared<Store>(), .sizes = std::make_shared<Sizes>()});
}

// Its `run` adds 40 and 2.
std::string adds(std::string_view interface = "test:services/adder@1.0.0",
                 std::string_view second = "u32") {
  return concat(R"((component
  (import ")",
                interface, R"(" (instance $h
    (export "add" (func (param "a" u32) (param "b" )",
                second, R"() (result u32)))))
  (core func $add (canon lower (func $h "add")))
  (core module $code
    (import "h" "add" (func $add (param i32 i32) (result i32)))
    (func (export "run") (result i32) (call $add (i32.const 40) (i32.const 2))))
  (core instance $i (instantiate $code (with "h" (instance (export "add" (func $add))))))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
)");
}

// Its `run` opens a bucket and asks for its size.
constexpr std::string_view kSizes = R"((component
  (import "test:services/store" (instance $store
    (export "bucket" (type $bucket (sub resource)))
    (export "open" (func (result (own $bucket))))))
  (alias export $store "bucket" (type $bucket))
  (import "test:services/sizes" (instance $sizes
    (alias outer 1 $bucket (type $outer))
    (export "bucket" (type $b (eq $outer)))
    (export "size" (func (param "of" (borrow $b)) (result u32)))))
  (core func $open (canon lower (func $store "open")))
  (core func $size (canon lower (func $sizes "size")))
  (core module $code
    (import "h" "open" (func $open (result i32)))
    (import "h" "size" (func $size (param i32) (result i32)))
    (func (export "run") (result i32) (call $size (call $open))))
  (core instance $i (instantiate $code
    (with "h" (instance (export "open" (func $open)) (export "size" (func $size))))))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
)";

// What `run` answers, or why not.
template <class W>
std::string run(std::string_view wat, const typename W::Imports& imports,
                std::vector<Service> services) {
  auto plugin =
      Plugin<W>::from_text(engine(), "guest", wat, imports, {.services = std::move(services)});
  if (!plugin) return plugin.error().to_string();
  auto instance = plugin->instantiate();
  auto answer = instance->call().run();
  return answer ? std::to_string(*answer) : answer.error().to_string();
}
std::string run(std::string_view wat, std::vector<Service> services) {
  return run<World<RunIt>>(wat, {}, std::move(services));
}
std::string run_dynamic(std::string_view wat, const DynamicImports& imports,
                        std::vector<Service> services) {
  auto plugin =
      DynamicPlugin::from_text(engine(), "guest", wat, imports, {.services = std::move(services)});
  if (!plugin) return plugin.error().to_string();
  auto instance = plugin->instantiate();
  auto answer = instance->call(*plugin->find("run"), {});
  return answer ? std::to_string(*(*answer)->get<U32>()) : answer.error().to_string();
}

TEST(Service, AnswersWhatAPluginImports) { EXPECT_EQ(run(adds(), {adder()}), "42"); }

TEST(Service, IsKeptAliveByThePlugin) {
  auto plugin =
      Plugin<World<RunIt>>::from_text(engine(), "guest", adds(), {}, {.services = {adder()}});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(instance_of(*plugin).call().run().value(), 42U);
}

TEST(Service, NeedNotBeImported) {
  EXPECT_EQ(run(R"((component
    (core module $m (func (export "run") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))",
                {adder(), store()}),
            "1");
}

TEST(Service, GivesResources) { EXPECT_EQ(run(kSizes, {store()}), "7"); }

TEST(Service, IsNotAskedForWhatTheWorldImports) {
  EXPECT_EQ(run<AddingWorld>(adds(), {.adder = std::make_shared<Adder>(100)}, {adder(1)}), "142");
}

TEST(Service, GivesNothingThatUsesResourcesOfTheWorlds) {
  EXPECT_EQ(run<OpeningWorld>(kSizes, {.store = std::make_shared<Store>()}, {store()}),
            "guest imports what this host does not provide\n"
            "  import test:services/sizes: size\n"
            "  Build the plugin against the world of this host, test:guests/world: names, versions "
            "and types of imports have to be the same.");
}

TEST(Service, OfOneInterfaceThereIsOne) {
  EXPECT_EQ(run(adds(), {adder(), store(), adder()}),
            "guest was not loaded: two of its services give the interface "
            "test:services/adder@1.0.0: leave one of them out (PluginOptions::services)");
}

TEST(Service, ThatIsNotGivenIsDenied) {
  auto plugin =
      Plugin<World<RunIt>>::from_text(engine(), "guest", adds(), {}, {.services = {store()}});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().kind(), Kind::denied);
  EXPECT_EQ(plugin.error().message(),
            "guest imports what this host does not provide\n"
            "  import test:services/adder@1.0.0: add\n"
            "  Build the plugin against the world of this host, test:guests/world: names, versions "
            "and types of imports have to be the same.");
}

TEST(Service, OfAnotherVersionIsAnotherInterface) {
  EXPECT_EQ(run(adds("test:services/adder@1.0.1"), {adder()}),
            "guest imports what this host does not provide\n"
            "  import test:services/adder@1.0.1: add (this host has it in version 1.0.0)\n"
            "  Build the plugin against the world of this host, test:guests/world: names, versions "
            "and types of imports have to be the same.");
}

// Who could grant the adder, and nothing else.
Gate gate() {
  return {.how_to_grant = [](std::string_view interface) {
    return interface.starts_with("test:services/adder") ? "p.toml grants it with `add = true`" : "";
  }};
}

TEST(Gate, SaysHowWhatIsDeniedWouldBeGranted) {
  constexpr std::string_view kSaid =
      "guest imports what this host does not provide\n"
      "  import test:services/adder@1.0.0: add\n"
      "  p.toml grants it with `add = true`";
  auto plugin = Plugin<World<RunIt>>::from_text(engine(), "guest", adds(), {}, {.gate = gate()});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().kind(), Kind::denied);
  EXPECT_EQ(plugin.error().message(), kSaid);
  EXPECT_EQ(plugin.error().summary(), kSaid);
  auto dynamic = DynamicPlugin::from_text(engine(), "guest", adds(), {}, {.gate = gate()});
  ASSERT_FALSE(dynamic);
  EXPECT_EQ(dynamic.error().kind(), Kind::denied);
  EXPECT_EQ(dynamic.error().message(), kSaid);
}

TEST(Gate, LeavesTheAdviceForWhatNobodyGrants) {
  auto plugin = Plugin<World<RunIt>>::from_text(engine(), "guest", kSizes, {}, {.gate = gate()});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().message(),
            "guest imports what this host does not provide\n"
            "  import test:services/store: open\n"
            "  import test:services/sizes: size\n"
            "  Build the plugin against the world of this host, test:guests/world: names, versions "
            "and types of imports have to be the same.");
}

TEST(Gate, RefusesAComponentBeforeItIsCompiled) {
  const Gate closed{
      .admit = [](std::string_view name, std::span<const std::uint8_t> bytes) -> Result<void> {
        return std::unexpected(
            Error(Kind::denied, concat(name, " has ", bytes.size(), " bytes too many")));
      }};
  auto plugin = Plugin<World<RunIt>>::from_text(engine(), "guest", "no wat", {}, {.gate = closed});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().kind(), Kind::denied);
  EXPECT_EQ(plugin.error().message(), "guest has 6 bytes too many");
}

TEST(Service, OfOtherTypesDoesNotFit) {
  EXPECT_EQ(run(adds("test:services/adder@1.0.0", "s32"), {adder()}),
            "guest does not fit world test:guests/world\n"
            "  import test:services/adder@1.0.0: add\n"
            "    parameter `b`: the host expects u32, the plugin has s32\n"
            "  The plugin was built against another version of the contract. Rebuild it with this "
            "one, or load it with the host it was built for.");
}

TEST(Service, AnswersPluginsWithoutABinding) {
  EXPECT_EQ(run_dynamic(adds(), {}, {adder()}), "42");
  EXPECT_EQ(run_dynamic(kSizes, {}, {store()}), "7");
}

TEST(Service, IsNotAskedForWhatIsAnsweredByName) {
  DynamicImports imports;
  imports.function("test:services/adder@1.0.0", "add",
                   [](CallContext&, const std::vector<Value>&) { return DynamicAnswer(U32{3}); });
  EXPECT_EQ(run_dynamic(adds(), imports, {adder()}), "3");
}

TEST(Service, ComesBeforeWhoAnswersAllOthers) {
  DynamicImports imports;
  imports.others([](CallContext&, const std::vector<Value>&) { return DynamicAnswer(U32{3}); });
  EXPECT_EQ(run_dynamic(adds(), imports, {adder()}), "42");
}

TEST(Service, OfOtherTypesDoesNotFitWithoutABinding) {
  EXPECT_EQ(run_dynamic(adds("test:services/adder@1.0.0", "s32"), {}, {adder()}),
            "guest does not fit world of its own\n"
            "  import test:services/adder@1.0.0: add\n"
            "    parameter `b`: the host expects u32, the plugin has s32\n"
            "  The plugin was built against another version of the contract. Rebuild it with this "
            "one, or load it with the host it was built for.");
}

TEST(Service, OfAnotherVersionIsNamedWithoutABinding) {
  EXPECT_EQ(run_dynamic(adds("test:services/adder@1.0.1"), {}, {adder()}),
            "guest imports what this host does not provide\n"
            "  import test:services/adder@1.0.1: add (this host has it in version 1.0.0)\n"
            "  Provide it (DynamicImports), or build the plugin without it.");
}

}  // namespace
}  // namespace mortise::testing
