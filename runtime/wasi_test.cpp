#include <mortise/runtime/wasi.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/dynamic.h>

#include "tests/guests.h"
#include "tests/wasi.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;

// ---- Randomness --------------------------------------------------------------------------------

TEST(WasiRandom, DiffersByDefault) {
  EXPECT_NE(answer("(call $random)"), answer("(call $random)"));
  EXPECT_NE(answer("(call $insecure)"), answer("(call $insecure)"));
}

TEST(WasiRandom, IsWhatASeedMakes) {
  const PluginOptions seeded{.wasi = {.random = WasiRandom::seeded(0)}};
  // SplitMix64, as its authors publish it.
  EXPECT_EQ(answer("(call $random)", seeded), 0xE220A8397B1DCDAFU);
  EXPECT_EQ(answer("(drop (call $random)) (call $insecure)", seeded), 0x6E789E6AA1B965F4U);
  EXPECT_EQ(answer(R"((call $seed (i32.const 0)) (i64.load (i32.const 8)))", seeded),
            0x6E789E6AA1B965F4U);
  EXPECT_EQ(answer(R"((call $random_bytes (i64.const 9) (i32.const 0))
                      (i64.load (i32.load (i32.const 0))))",
                   seeded),
            0xE220A8397B1DCDAFU);
}

TEST(WasiRandom, ComesInListsOfAnyLength) {
  EXPECT_EQ(answer(R"((call $random_bytes (i64.const 1000003) (i32.const 0))
                      (i64.load32_u (i32.const 4)))"),
            1'000'003U);
  EXPECT_EQ(answer(R"((call $insecure_bytes (i64.const 0) (i32.const 0))
                      (i64.load32_u (i32.const 4)))"),
            0U);
}

TEST(WasiRandom, ComesNotInGigabytes) {
  EXPECT_EQ(failure_of(R"((call $random_bytes (i64.const 4294967296) (i32.const 0)) unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: get-random-bytes was asked for 4294967296 bytes, and gives "
                  "1048576 at most"));
  EXPECT_EQ(failure_of(R"((call $insecure_bytes (i64.const -1) (i32.const 0)) unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: get-insecure-random-bytes was asked for "
                  "18446744073709551615 bytes, and gives 1048576 at most"));
}

// ---- What is not there -------------------------------------------------------------------------

TEST(WasiCli, HasNoEnvironmentAndNoArguments) {
  // The lengths of two lists, and whether there is a folder.
  EXPECT_EQ(answer(R"((call $environment (i32.const 0)) (call $arguments (i32.const 8))
                      (call $cwd (i32.const 16))
                      (i64.or (i64.load32_u (i32.const 4))
                              (i64.or (i64.load32_u (i32.const 12))
                                      (i64.load8_u (i32.const 16)))))"),
            0U);
}

TEST(WasiCli, HasNoTerminal) {
  EXPECT_EQ(answer(R"((i32.store (i32.const 0) (i32.const -1))
                      (call $terminal (i32.const 0)) (i64.load8_u (i32.const 0)))"),
            0U);
}

TEST(WasiCli, ExitEndsTheCallAndTheInstance) {
  const auto plugin = running(R"((call $exit (i32.const 1)) unreachable)");
  auto instance = instance_of(plugin);
  const auto out = instance.call().run();
  EXPECT_EQ(failure(out), fails(Kind::guest_trap, "guest: run called `exit` with status 1"));
  ASSERT_FALSE(out.error().backtrace().empty());
  EXPECT_EQ(out.error().backtrace()[0].function, "run");
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::misuse,
                  "guest: run was not called: an earlier call failed and ended the instance; make "
                  "a new one with Plugin::instantiate"));
}

TEST(WasiCli, ExitHasAStatus) {
  EXPECT_EQ(failure_of("(call $exit (i32.const 0)) unreachable"),
            fails(Kind::guest_trap, "guest: run called `exit` with status 0"));
  EXPECT_EQ(failure_of("(call $exit_with (i32.const 42)) unreachable"),
            fails(Kind::guest_trap, "guest: run called `exit` with status 42"));
}

TEST(WasiFilesystem, HasNoFolders) {
  EXPECT_EQ(answer(R"((i64.store (i32.const 0) (i64.const -1))
                      (call $directories (i32.const 0)) (i64.load32_u (i32.const 4)))"),
            0U);
}

TEST(WasiFilesystem, HasNoFiles) {
  EXPECT_EQ(failure_of("(call $sync (i32.const 3) (i32.const 0)) unreachable"),
            fails(Kind::guest_trap,
                  "guest: run broke the canonical ABI: it passed a resource of WASI that it cannot "
                  "have"));
}

TEST(WasiSockets, AreDenied) {
  // 1: an error; then 1: access-denied.
  EXPECT_EQ(answer(R"((call $tcp (i32.const 0) (i32.const 0))
                      (i64.or (i64.load8_u (i32.const 0))
                              (i64.shl (i64.load8_u (i32.const 4)) (i64.const 8))))"),
            0x101U);
}

TEST(WasiSockets, ResolveNoNames) {
  EXPECT_EQ(answer(R"((call $resolve (call $network) (i32.const 1048576) (i32.const 9)
                          (i32.const 0))
                      (i64.or (i64.load8_u (i32.const 0))
                              (i64.shl (i64.load8_u (i32.const 4)) (i64.const 8))))",
                   {}, data(1048576, "localhost")),
            0x101U);
}

// ---- Linking -----------------------------------------------------------------------------------

// With another version of everything.
std::string guest_of(std::string_view version) {
  std::string guest = wasi_guest("(call $now)");
  for (std::size_t at = 0; (at = guest.find("@0.2.0", at)) != std::string::npos;)
    guest.replace(at, 6, version), at += version.size();
  return guest;
}

TEST(WasiVersion, IsAnyOf0_2) {
  for (const std::string_view version : {"@0.2.0", "@0.2.6", "@0.2.12", "@0.2.999"}) {
    const auto plugin = load<Answer>(guest_of(version));
    EXPECT_TRUE(instance_of(plugin).call().run());
  }
}

TEST(WasiVersion, IsNoOther) {
  for (const std::string_view version : {"@0.3.0", "@0.2.0-rc-2023-11-10", ""}) {
    const auto plugin = Plugin<World<Answer>>::from_text(engine(), "guest", guest_of(version), {});
    ASSERT_FALSE(plugin);
    EXPECT_EQ(plugin.error().kind(), Kind::denied);
  }
}

TEST(WasiVersion, MayBeMoreThanOneInAPlugin) {
  std::string guest = wasi_guest("(call $now)");
  guest.replace(guest.find("monotonic-clock@0.2.0"), 21, "monotonic-clock@0.2.9");
  EXPECT_TRUE(instance_of(load<Answer>(guest)).call().run());
}

TEST(WasiAccess, OfNoneIsRefusedByName) {
  const Error error = load_error<Answer>(R"((component
    (import "wasi:cli/environment@0.2.0" (instance
      (export "get-arguments" (func (result (list string))))))
    (core module $m (func (export "run") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))",
                                         {.wasi = {.access = Wasi::Access::none}});
  EXPECT_EQ(failure(error), fails(Kind::denied,
                                  "guest imports what this host does not provide\n"
                                  "  import wasi:cli/environment@0.2.0: get-arguments\n"
                                  "  Build the plugin without WASI: this host provides none of "
                                  "it."));
}

TEST(WasiAccess, OfOtherPackagesIsRefusedByName) {
  const Error error = load_error<Answer>(R"((component
    (import "wasi:keyvalue/atomics@0.2.0" (instance (export "increment" (func (result u64)))))
    (import "wasi:cli/environment@0.2.0" (instance (export "get-secrets" (func (result u64)))))
    (core module $m (func (export "run") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:keyvalue/atomics@0.2.0: increment\n"
                  "  import wasi:cli/environment@0.2.0: get-secrets\n"
                  "  Build the plugin without it: of WASI this host provides io, clocks, random, "
                  "cli, filesystem and sockets, in versions 0.2."));
}

TEST(WasiAccess, OfAnotherTypeIsRefused) {
  const Error error = load_error<Answer>(R"((component
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u32)))))
    (core module $m (func (export "run") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide: component imports instance "
                  "`wasi:clocks/monotonic-clock@0.2.0`, but a matching implementation was not "
                  "found in the linker: instance export `now` has the wrong type: type mismatch "
                  "with results: expected `u64` found `u32`"));
}

// A host that answers one interface itself.
class Numbers {
 public:
  virtual ~Numbers() = default;
  virtual Result<std::uint64_t> number(CallContext&) { return 7; }

  static constexpr std::string_view interface = "wasi:random/random@0.2.0";
  using Number = abi::Function<"get-random-u64", std::uint64_t>;
  using Functions = HostFunctions<Implements<Number, &Numbers::number>>;
};
struct Numbering : World<Answer> {
  struct Imports {
    Host<Numbers> numbers;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::numbers>;
};

constexpr std::string_view kTwoFunctions = R"((component
    (import "wasi:random/random@0.2.0" (instance $random
      (export "get-random-u64" (func (result u64)))))
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
      (export "now" (func (result u64)))))
    (core func $number (canon lower (func $random "get-random-u64")))
    (core func $now (canon lower (func $clock "now")))
    (core module $m
      (import "" "number" (func $number (result i64)))
      (import "" "now" (func $now (result i64)))
      (func (export "run") (result i64) (i64.add (call $number) (call $now))))
    (core instance $i (instantiate $m (with "" (instance
      (export "number" (func $number)) (export "now" (func $now))))))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))";

TEST(WasiHost, IsAskedForTheInterfacesThatItHas) {
  Numbers numbers;
  const auto plugin =
      Plugin<Numbering>::from_text(engine(), "guest", kTwoFunctions, {.numbers = numbers},
                                   {.wasi = {.clock = WasiClock::frozen()}});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(plugin->instantiate()->call().run().value(), 1'000'000'007U);
}

TEST(WasiHost, IsAskedForAllOfThem) {
  std::string guest = wasi_guest("(i64.const 0)");
  Numbers numbers;
  EXPECT_EQ(failure(Plugin<Numbering>::from_text(engine(), "guest", guest, {.numbers = numbers})),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:random/random@0.2.0: get-random-bytes\n"
                  "  Build the plugin against the world of this host, test:guests/world: names, "
                  "versions and types of imports have to be the same."));
}

TEST(WasiHost, GoesOnWhenAPluginThatItCallsExits) {
  // A plugin's call of the host runs another plugin, which exits.
  struct Calling : Numbers {
    Result<std::uint64_t> number(CallContext&) override {
      const auto inner = running("(call $exit (i32.const 1)) unreachable");
      said = failure(instance_of(inner).call().run()).message;
      return 1;
    }
    std::string said;
  } numbers;
  const auto plugin = Plugin<Numbering>::from_text(
      engine(), "outer", kTwoFunctions, {.numbers = numbers},
      {.limits = {.deadline = std::nullopt}, .wasi = {.clock = WasiClock::frozen()}});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(plugin->instantiate()->call().run().value(), 1'000'000'001U);
  EXPECT_EQ(numbers.said, "guest: run called `exit` with status 1");
}

// ---- Plugins whose contract is learnt ----------------------------------------------------------

DynamicPlugin learnt(std::string_view guest, DynamicImports imports = {},
                     const PluginOptions& options = {}) {
  return good(DynamicPlugin::from_text(engine(), "guest", guest, std::move(imports), options));
}

TEST(WasiDynamic, IsThereToo) {
  Lines lines;
  const auto plugin =
      learnt(wasi_guest("(call $print (i32.const 1048576) (i32.const 2)) (call $now)",
                        data(1048576, "hi")),
             {}, {.wasi = {.clock = WasiClock::frozen(), .output = into(lines)}});
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(good(instance.call(good(plugin.find("run")), {})), Value::u64(1'000'000'000));
  EXPECT_EQ(lines, (Lines{"guest out: hi"}));
  EXPECT_EQ(instance.lines_dropped(), 0U);
}

DynamicImports number_of(std::string interface) {
  DynamicImports imports;
  imports.function(std::move(interface), "get-random-u64",
                   [](CallContext&, const std::vector<Value>&) -> Result<DynamicAnswer> {
                     return Value::u64(7);
                   });
  return imports;
}

TEST(WasiDynamic, LeavesToTheHostWhatTheHostHas) {
  const auto plugin = learnt(kTwoFunctions, number_of("wasi:random/random@0.2.0"),
                             {.wasi = {.clock = WasiClock::frozen()}});
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(good(instance.call(good(plugin.find("run")), {})), Value::u64(1'000'000'007));
}

TEST(WasiDynamic, LeavesToTheHostAnInterfaceOfAnotherVersionToo) {
  EXPECT_EQ(failure(DynamicPlugin::from_text(engine(), "guest", kTwoFunctions,
                                             number_of("wasi:random/random@0.2.6"))),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:random/random@0.2.0: get-random-u64 "
                  "(this host has it in version 0.2.6)\n"
                  "  Provide it (DynamicImports), or build the plugin without it."));
}

TEST(WasiDynamic, IsRefusedWhereThereIsNone) {
  EXPECT_EQ(failure(DynamicPlugin::from_text(engine(), "guest", kTwoFunctions, {},
                                             {.wasi = {.access = Wasi::Access::none}})),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:random/random@0.2.0: get-random-u64\n"
                  "  import wasi:clocks/monotonic-clock@0.2.0: now\n"
                  "  Provide it (DynamicImports), or build the plugin without it."));
}

TEST(WasiDynamic, PassesNoResourcesOfWasi) {
  EXPECT_EQ(failure(DynamicPlugin::from_text(engine(), "guest", R"((component
      (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
      (alias export $poll "pollable" (type $pollable))
      (core module $m (func (export "run") (param i32)))
      (core instance $i (instantiate $m))
      (func (export "run") (param "p" (own $pollable)) (canon lift (core func $i "run")))))")),
            fails(Kind::bad_component,
                  "guest cannot be called by name: a function of it passes a resource of WASI, and "
                  "no value stands for those"));
}

}  // namespace
}  // namespace mortise::testing
