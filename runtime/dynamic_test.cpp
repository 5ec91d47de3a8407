#include <mortise/runtime/dynamic.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/wave.h>
#include <mortise/mortise.h>
#include <mortise/runtime/inspect.h>

#include "tests/guests.h"
#include "tests/random_values.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using Handle = Value::Handle;
using Arguments = std::vector<Value>;

std::string guest_file(std::string_view name) {
  return concat(MORTISE_GUEST_DIR, "/", name, ".wasm");
}

Engine& engine() {
  static Engine one(EngineOptions{.experimental_types = true});
  return one;
}

DynamicPlugin load(std::string_view guest, DynamicImports imports = {},
                   const PluginOptions& options = {.compile = Compile::in_process}) {
  return good(DynamicPlugin::load(engine(), guest_file(guest), std::move(imports), options));
}

std::string message(const auto& result) {
  return result ? "nothing: it went well" : std::string(result.error().message());
}

// ---- Functions ----

const Value kMeta =
    Value::record({{"name", "AnalyticsEngine"}, {"version", "1.0.2"}, {"priority", Value::u32(1)}});

TEST(Dynamic, CallsAFunctionByItsName) {
  const DynamicPlugin plugin = load("processor");
  auto instance = good(plugin.instantiate());
  const auto answer = good(instance.call(good(plugin.find("process-data")), {"hello", kMeta}));
  EXPECT_EQ(answer, Value::ok("[Processed by AnalyticsEngine v1.0.2]: HELLO"));
}

TEST(Dynamic, TakesAFunctionByItsInterfaceToo) {
  const DynamicPlugin plugin = load("processor");
  EXPECT_EQ(good(plugin.find("techbytes:plugins/processor", "process-data")).type().name,
            "process-data");
}

TEST(Dynamic, NamesWhatIsNearWhenThereIsNoSuchFunction) {
  EXPECT_EQ(message(load("processor").find("proces-data")),
            "processor.wasm exports no function `proces-data`; near it: `process-data`");
}

TEST(Dynamic, AsksForTheInterfaceWhereMoreThanOneHasTheFunction) {
  EXPECT_EQ(message(DynamicPlugin::from_text(engine(), "two", R"((component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $one (export "f" (func $f)))
      (export "a:b/one@1.0.0" (instance $one))
      (export "a:b/two" (instance $one))))")
                        .value()
                        .find("f")),
            "two has more than one function `f`: say which with its interface: "
            "`a:b/one@1.0.0.f`, `a:b/two.f`");
}

TEST(Dynamic, TakesTheWorldsOwnFunctionBeforeThatOfAnInterface) {
  const DynamicPlugin plugin = good(DynamicPlugin::from_text(engine(), "two", R"((component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $one (export "f" (func $f)))
      (export "a:b/one" (instance $one))
      (export "f" (func $f))))"));
  EXPECT_EQ(good(plugin.find("f")).interface(), "");
}

TEST(Dynamic, FindsAnInterfaceWithoutItsVersion) {
  const DynamicPlugin plugin = good(DynamicPlugin::from_text(engine(), "one", R"((component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $one (export "f" (func $f)))
      (export "a:b/one@1.0.0" (instance $one))))"));
  EXPECT_EQ(good(plugin.find("a:b/one", "f")).interface(), "a:b/one@1.0.0");
  EXPECT_EQ(good(plugin.find("one", "f")).interface(), "a:b/one@1.0.0");
  EXPECT_EQ(message(plugin.find("a:b/two", "f")),
            "one does not export the interface `a:b/two`: it exports `a:b/one@1.0.0`");
}

TEST(Dynamic, AnswersNothingWhereThereIsNoResult) {
  const DynamicPlugin plugin = good(DynamicPlugin::from_text(
      engine(), "f",
      component(R"((func (export "f")))",
                R"((func (export "f") (canon lift (core func $i "f"))))")));
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(good(instance.call(good(plugin.find("f")), {})), std::nullopt);
}

TEST(Dynamic, RefusesArgumentsThatDoNotFitAndGoesOn) {
  const DynamicPlugin plugin = load("processor");
  auto instance = good(plugin.instantiate());
  const DynamicFunction function = good(plugin.find("process-data"));
  const auto wrong = instance.call(function, {"hello", Value::record({{"name", "x"}})});
  EXPECT_EQ(failure(wrong),
            fails(Kind::misuse,
                  "`process-data` was not called: parameter `meta`, record `metadata`: field "
                  "`version`, string, is missing"));
  EXPECT_TRUE(instance.call(function, {"hello", kMeta}));
}

TEST(Dynamic, RefusesFunctionsOfAnotherPlugin) {
  const DynamicPlugin one = load("processor");
  auto instance = good(load("processor").instantiate());
  EXPECT_EQ(
      failure(instance.call(good(one.find("process-data")), {"hello", kMeta})),
      fails(Kind::misuse, "`process-data` was not called: it is a function of another plugin"));
}

TEST(Dynamic, KeepsToLimits) {
  const DynamicPlugin plugin = good(
      DynamicPlugin::from_text(engine(), "loop",
                               component(R"((func (export "f") (loop (br 0))))",
                                         R"((func (export "f") (canon lift (core func $i "f"))))"),
                               {}, {.limits = {.deadline = std::chrono::milliseconds(20)}}));
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(failure(instance.call(good(plugin.find("f")), {})),
            crossed(Error::Limit::deadline, "loop: f was stopped at its deadline of 20 ms"));
}

// ---- Imports ----

TEST(Dynamic, SaysWhichImportsAreMissing) {
  const auto plugin = DynamicPlugin::load(engine(), guest_file("passing"));
  EXPECT_EQ(failure(plugin),
            fails(Kind::denied,
                  "passing.wasm imports what this host does not provide\n"
                  "  import mortise:bench/host: [constructor]counter\n"
                  "  import mortise:bench/host: [method]counter.next\n"
                  "  import mortise:bench/host: nothing\n"
                  "  import mortise:bench/host: add\n"
                  "  import mortise:bench/host: take-bytes\n"
                  "  import mortise:bench/host: give-bytes\n"
                  "  import mortise:bench/host: take-items\n"
                  "  import mortise:bench/host: give-items\n"
                  "  import mortise:bench/host: resource counter\n"
                  "  Provide it (DynamicImports), or build the plugin without it."));
}

TEST(Dynamic, SaysItWithoutNamesOfCppToo) {
  auto plugin = DynamicPlugin::load(engine(), guest_file("passing"));
  const Error& error = plugin.error().note("at the start");
  EXPECT_TRUE(error.message().ends_with(
      "\n  Provide it (DynamicImports), or build the plugin without it."));
  EXPECT_TRUE(error.summary().ends_with("\n  import mortise:bench/host: resource counter"));
  EXPECT_EQ(error.to_string(), concat(error.message(), "\n  note: at the start"));
  EXPECT_EQ(error.details(), "\n  note: at the start");
}

// Host functions of passing.wit, and what they were told.
struct PassingHost {
  std::uint32_t added = 0;
  std::uint64_t counts = 0;
  std::vector<std::uint32_t> dropped{};

  DynamicImports imports() {
    const std::string host = "mortise:bench/host";
    const auto nothing = [](CallContext&, const Arguments&) { return DynamicAnswer(); };
    DynamicImports all;
    all.function(host, "nothing", nothing);
    all.function(host, "add", [this](CallContext&, const Arguments& of) {
      added += *of[0].get<std::uint32_t>() + *of[1].get<std::uint32_t>();
      return DynamicAnswer(Value::u32(*of[0].get<std::uint32_t>() + *of[1].get<std::uint32_t>()));
    });
    all.function(host, "take-bytes", [](CallContext&, const Arguments& of) {
      const auto size = static_cast<std::uint32_t>(of[0].get<Value::Bytes>()->size());
      return DynamicAnswer(Value::u32(size));
    });
    all.function(host, "give-bytes", [](CallContext&, const Arguments& of) {
      return DynamicAnswer(Value::bytes(Value::Bytes(*of[0].get<std::uint32_t>(), 7)));
    });
    all.function(host, "take-items", [](CallContext&, const Arguments& of) {
      return DynamicAnswer(Value::u32(static_cast<std::uint32_t>(of[0].elements().size())));
    });
    all.function(host, "give-items",
                 [](CallContext&, const Arguments&) { return DynamicAnswer(Value::list({})); });
    all.function(host, "[constructor]counter", [](CallContext&, const Arguments&) {
      return DynamicAnswer(Value::handle("counter", 77));
    });
    all.function(host, "[method]counter.next", [this](CallContext&, const Arguments& of) {
      counts += of[0].get<Handle>()->number;
      return DynamicAnswer(Value::u64(counts));
    });
    all.resource(host, "counter", [this](std::uint32_t number) { dropped.push_back(number); });
    return all;
  }
};

Result<DynamicAnswer> repeat(const DynamicPlugin& plugin, std::string_view what,
                             std::uint32_t times, std::uint32_t size) {
  auto instance = good(plugin.instantiate());
  return instance.call(good(plugin.find("repeat")),
                       {Value::enumeration(std::string(what)), times, size});
}

TEST(Dynamic, GivesTheOthersWhatNobodyIsNamedFor) {
  std::vector<std::string> called;
  DynamicImports imports;
  imports.function("mortise:bench/host", "add",
                   [](CallContext&, const Arguments&) { return DynamicAnswer(Value::u32(1)); });
  imports.others([&called](CallContext& context, const Arguments&) {
    called.push_back(concat(context.interface(), ": ", context.name()));
    if (context.name() == "[constructor]counter") return DynamicAnswer(Value::handle("counter", 5));
    return DynamicAnswer(Value::u64(2));
  });
  const DynamicPlugin plugin = load("passing", std::move(imports));
  EXPECT_EQ(good(repeat(plugin, "add", 3, 0)), Value::u64(3));
  EXPECT_TRUE(called.empty());
  EXPECT_EQ(good(repeat(plugin, "next", 1, 0)), Value::u64(2));
  EXPECT_EQ(called, (std::vector<std::string>{"mortise:bench/host: [constructor]counter",
                                              "mortise:bench/host: [method]counter.next"}));
}

TEST(Dynamic, GivesHostFunctionsTheirArguments) {
  PassingHost host;
  EXPECT_EQ(good(repeat(load("passing", host.imports()), "add", 3, 0)), Value::u64(126));
  EXPECT_EQ(host.added, 126U);
}

TEST(Dynamic, PassesLists) {
  PassingHost host;
  EXPECT_EQ(good(repeat(load("passing", host.imports()), "take-items", 2, 100)), Value::u64(200));
  EXPECT_EQ(good(repeat(load("passing", host.imports()), "give-bytes", 2, 9000)),
            Value::u64(18000));
}

TEST(Dynamic, LendsResourcesOfTheHostAndTellsOfTheirEnd) {
  PassingHost host;
  EXPECT_EQ(good(repeat(load("passing", host.imports()), "next", 2, 0)), Value::u64(77 + 154));
  EXPECT_EQ(host.dropped, std::vector<std::uint32_t>{77});
}

// What the host's `add` does.
Failure with_add(const DynamicImports::Handler& add) {
  PassingHost host;
  DynamicImports imports = host.imports();
  imports.function("mortise:bench/host", "add", add);
  return failure(repeat(load("passing", std::move(imports)), "add", 1, 0));
}

TEST(DynamicHost, ThatAnswersAnotherTypeEndsTheCall) {
  EXPECT_EQ(with_add([](CallContext&, const Arguments&) { return DynamicAnswer("three"); }),
            fails(Kind::misuse,
                  "`add` answered what does not fit: expected u32, this is a string \"three\""));
}

TEST(DynamicHost, ThatAnswersNothingEndsTheCall) {
  EXPECT_EQ(with_add([](CallContext&, const Arguments&) { return DynamicAnswer(); }),
            fails(Kind::misuse, "`add` answered nothing, and its result is u32"));
}

TEST(DynamicHost, ThatFailsEndsTheCallWithItsError) {
  const auto failing = [](CallContext&, const Arguments&) -> Result<DynamicAnswer> {
    return std::unexpected(Error(Kind::io, "the disk is full"));
  };
  EXPECT_EQ(with_add(failing), fails(Kind::io, "the disk is full"));
}

TEST(DynamicHost, ThatThrowsEndsTheCall) {
  const auto throwing = [](CallContext&, const Arguments&) -> Result<DynamicAnswer> {
    throw std::runtime_error("no");
  };
  EXPECT_EQ(with_add(throwing), fails(Kind::misuse, "an exception was thrown: no"));
}

// ---- Resources of the plugin's ----

TEST(DynamicResource, IsMadeUsedAndDropped) {
  PassingHost host;
  const DynamicPlugin plugin = load("passing", host.imports());
  auto instance = good(plugin.instantiate());
  const Value cart = *good(instance.call(good(plugin.find("[constructor]cart")), {}));
  EXPECT_EQ(cart, Value::handle("cart", 1));
  const DynamicFunction next = good(plugin.find("[method]cart.next"));
  EXPECT_EQ(good(instance.call(next, {cart})), Value::u64(1));
  EXPECT_EQ(good(instance.call(next, {cart})), Value::u64(2));
  EXPECT_TRUE(instance.drop(*cart.get<Handle>()));
  EXPECT_EQ(message(instance.drop(*cart.get<Handle>())), "there is no cart 1 to drop");
}

TEST(DynamicResource, ThatDoesNotExistIsRefused) {
  PassingHost host;
  const DynamicPlugin plugin = load("passing", host.imports());
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(
      failure(instance.call(good(plugin.find("[method]cart.next")), {Value::handle("cart", 3)})),
      fails(Kind::misuse,
            "passing.wasm: [method]cart.next was given bad data by the host: parameter `self`: "
            "there is no resource: the pointer is null, or the handle empty"));
}

TEST(DynamicResource, GoesWithItsInstance) {
  PassingHost host;
  const DynamicPlugin plugin = load("passing", host.imports());
  auto instance = good(plugin.instantiate());
  EXPECT_TRUE(instance.call(good(plugin.find("[constructor]cart")), {}));
  instance = good(plugin.instantiate());
  EXPECT_EQ(message(instance.drop({.resource = "cart", .number = 1})),
            "there is no cart 1 to drop");
}

// ---- What hostile plugins answer: the same checks as for typed calls ----

// What a call says whose result of this type lies at 64, where these bytes are.
std::string answering(std::string_view type, std::string_view bytes, const Limits& limits = {}) {
  const DynamicPlugin plugin = good(DynamicPlugin::from_text(
      engine(), "liar",
      component(concat(R"((memory (export "memory") 1) (data (i32.const 64) ")", bytes,
                       R"(") (func (export "f") (result i32) (i32.const 64)))"),
                concat(R"((func (export "f") (result )", type,
                       R"() (canon lift (core func $i "f") (memory $i "memory"))))")),
      {}, {.limits = limits}));
  auto instance = good(plugin.instantiate());
  const auto answer = instance.call(good(plugin.find("f")), {});
  return answer ? wave::print(**answer) : std::string(answer.error().message());
}

TEST(DynamicLift, ReadsWhatIsRight) {
  EXPECT_EQ(answering("(list u16)", R"(\08\01\00\00\02\00\00\00)"), "[0, 0]");
  EXPECT_EQ(answering("(tuple bool char)", R"(\07\00\00\00A\00\00\00)"), "(true, 'A')");
}

TEST(DynamicLift, RefusesPointersOutOfMemory) {
  EXPECT_EQ(answering("(list string)", R"(\fc\ff\00\00\02\00\00\00)"),
            "liar: f returned bad data: 2 elements of 8 bytes at 0xfffc reach past the end of its "
            "memory of 64 KiB");
}

TEST(DynamicLift, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(
      answering("(tuple u8 string)", R"(\01\00\00\00\50\00\00\00\02\00\00\00\00\00\00\00\ff\fe)"),
      "liar: f returned bad data: element 1: the text is not UTF-8 at its byte 0 (0x50)");
}

TEST(DynamicLift, RefusesCasesThatThereAreNot) {
  EXPECT_EQ(
      answering("(list (option u8))",
                R"(\50\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\01\07\05\00)"),
      "liar: f returned bad data: element 1: the discriminant 5 stands for none of the 2 cases");
}

TEST(DynamicLift, CountsValuesBeforeItMakesThem) {
  EXPECT_EQ(answering("(list bool)", R"(\00\00\00\00\00\ff\00\00)", {.lift = KiB(64)}),
            "liar: f hands over more than the 64 KiB that one call may (Limits::lift)");
}

// ---- All types ----

bool has_map(const contract::Contract& contract, contract::TypeId id) {
  if (id == contract::kNone) return false;
  const contract::Type& type = contract.types[id];
  return type.kind == contract::Kind::map ||
         std::ranges::any_of(type.members, [&](const contract::Member& member) {
           return has_map(contract, member.type);
         });
}

DynamicPlugin load_round_trip() {
  const contract::Contract contract = good(inspect(engine(), guest_file("round_trip"))).contract;
  DynamicImports imports;
  for (const contract::Interface& interface : contract.imports)
    for (const contract::Function& function : interface.functions)
      imports.function(interface.name, function.name, [](CallContext&, Arguments arguments) {
        return DynamicAnswer(std::move(arguments.front()));
      });
  return load("round_trip", std::move(imports));
}

// Each function of round-trip.wit that answers the one value it is given: the guest's `echo` by
// itself, `ask` by asking the host.
void expect_echoes(std::string_view of) {
  constexpr int kTimes = 30;
  const DynamicPlugin plugin = load_round_trip();
  auto instance = good(plugin.instantiate());
  RandomValues random(7);
  int functions = 0;
  for (const contract::Interface& interface : plugin.contract().exports) {
    if (interface.name != of) continue;
    for (const contract::Function& type : interface.functions) {
      if (type.params.size() != 1 || type.params[0].type != type.result) continue;
      // A map in Rust is in order and has no key twice: see PassesMaps.
      if (has_map(plugin.contract(), type.result)) continue;
      ++functions;
      const DynamicFunction function = good(plugin.find(of, type.name));
      for (int i = 0; i < kTimes; ++i) {
        const Value value = random.value(plugin.contract(), type.result);
        const Result<DynamicAnswer> answer = instance.call(function, {value});
        ASSERT_TRUE(answer) << type.name << ": " << answer.error().to_string();
        ASSERT_EQ(wave::print(**answer), wave::print(value)) << type.name;
      }
    }
  }
  EXPECT_GT(functions, 90);
}

TEST(DynamicRoundTrip, ThroughTheGuest) { expect_echoes("test:round-trip/echo"); }
TEST(DynamicRoundTrip, ThroughTheGuestAndTheHost) { expect_echoes("test:round-trip/ask"); }

TEST(DynamicRoundTrip, PassesMaps) {
  const DynamicPlugin plugin = load_round_trip();
  auto instance = good(plugin.instantiate());
  for (const std::string_view of : {"test:round-trip/echo", "test:round-trip/ask"}) {
    for (const auto& [name, text] : std::vector<std::pair<std::string_view, std::string_view>>{
             {"map-bools", "[(false, 0.5), (true, -1)]"},
             {"map-chars", "[('a', [1, 2]), ('z', [])]"},
             {"map-maps", R"([(-1, [("a", some(1)), ("b", none)]), (7, [])])"},
             {"map-records",
              R"([(-3, {name: "x", age: 4, nicknames: ["y"], partner: some("z")})])"}}) {
      const DynamicFunction function = good(plugin.find(of, name));
      const auto value = wave::parse(plugin.contract(), function.type().result, text);
      ASSERT_TRUE(value) << value.error().message;
      const Result<DynamicAnswer> answer = instance.call(function, {*value});
      ASSERT_TRUE(answer) << answer.error().to_string();
      EXPECT_EQ(*answer, *value) << name << " became " << wave::print(**answer);
    }
  }
}

}  // namespace
}  // namespace mortise::testing
