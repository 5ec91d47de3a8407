// Variants, enums, flags, lists of fixed length and maps between host and guest: there and back,
// what is refused, and what is said of a plugin that has other ones.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/shapes.h"
#include "tests/support.h"

namespace {

// variant either { a(A), b(B) }
template <class A>
struct First {
  A value{};
};
template <class B>
struct Second {
  B value{};
};
template <class A, class B>
using Either = std::variant<First<A>, Second<B>>;

}  // namespace

template <class A, class B>
struct mortise::abi::Codec<Either<A, B>>
    : VariantCodec<Either<A, B>, "either", Case<"a", First<A>>, Case<"b", Second<B>>> {};

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

constexpr std::string_view kShape =
    R"((variant (case "circle" f32) (case "none") (case "named" string)))";
constexpr std::string_view kLevel = R"((enum "debug" "info" "error"))";
constexpr std::string_view kPermissions = R"((flags "read" "write" "exec"))";

// A component whose `run` has the type $t, which is `type`, in its signature.
std::string with_type(std::string_view type, std::string_view core, std::string_view signature) {
  return component(concat(kMemory, core),
                   concat("(type $inner ", type, R"() (import "t" (type $t (eq $inner)))
                            (func (export "run") )",
                          signature, R"( (canon lift (core func $i "run") )", kWithMemory, "))"));
}

// run() -> `result`, where $t is `type`: returns `at`, with this in its memory.
std::string gives(std::string_view type, std::string_view result, std::string_view memory,
                  U32 at = 16) {
  return with_type(type,
                   concat(memory, R"((func (export "run") (result i32) (i32.const )", at, "))"),
                   concat("(result ", result, ")"));
}

// run(value) -> value, of one core value, and of a list.
std::string echoes(std::string_view type) {
  return with_type(type, R"((func (export "run") (param i32) (result i32) (local.get 0)))",
                   R"((param "value" $t) (result $t))");
}
std::string echoes_list(std::string_view type) {
  return with_type(type, R"((func (export "run") (param i32 i32) (result i32)
                              (i32.store (i32.const 16) (local.get 0))
                              (i32.store (i32.const 20) (local.get 1))
                              (i32.const 16)))",
                   R"((param "value" (list $t)) (result (list $t)))");
}
// A shape is the number of its case, and two core values that its cases share.
std::string echoes_shape() {
  return with_type(kShape, R"((func (export "run") (param i32 i32 i32) (result i32)
                                (i32.store8 (i32.const 16) (local.get 0))
                                (i32.store (i32.const 20) (local.get 1))
                                (i32.store (i32.const 24) (local.get 2))
                                (i32.const 16)))",
                   R"((param "value" $t) (result $t))");
}

template <class F, class T>
auto run(const std::string& wat, const T& value) {
  return instance_of(load<F>(wat)).call().run(value);
}

Failure bad_parameter(std::string_view what) {
  return fails(Kind::misuse,
               concat("guest: run was given bad data by the host: parameter `value`: ", what));
}

// What loading says of a plugin whose run takes a list of another $t.
template <class T>
std::string difference(std::string_view type) {
  const std::string wat =
      with_type(type, R"((func (export "run") (param i32 i32)))", R"((param "value" (list $t)))");
  std::string said = failure(load_error<Maps<void, std::vector<T>>>(wat)).message;
  const std::string_view head =
      "guest does not fit world test:guests/world\n  export run\n    parameter `value`, the "
      "element";
  if (!said.starts_with(head)) return said;
  return said.substr(head.size() + 2, said.find('\n', head.size()) - head.size() - 2);
}

// ---- Variants ----------------------------------------------------------------------------------

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{Shape::Circle{-1.5F}, Shape::None(), Shape::Named{"text"},
                                      Shape::Named{""}};
  return all;
}

TEST(VariantValue, GoesThereAndBack) {
  auto instance = instance_of(load<Echoes<Shape>>(echoes_shape()));
  for (const Shape& shape : shapes()) EXPECT_EQ(good(instance.call().run(shape)), shape);
}

TEST(VariantValue, IsBorrowedAndViewed) {
  auto instance = instance_of(load<Maps<Shape, ShapeRef>>(echoes_shape()));
  for (const Shape& shape : shapes()) {
    const ShapeRef borrowed = shape;
    auto same =
        instance.call().view([&](const ShapeRef& seen) { return seen == borrowed; }, borrowed);
    EXPECT_TRUE(good(std::move(same)));
  }
}

TEST(VariantValue, GoesThereAndBackInAList) {
  EXPECT_EQ(good(run<Echoes<std::vector<Shape>>>(echoes_list(kShape), shapes())), shapes());
}

// Core values without a meaning are zero: nothing of the host's reaches the guest.
TEST(VariantValue, LeavesNothingOfTheHostInWhatItDoesNotUse) {
  auto instance = instance_of(load<Maps<std::tuple<U32, U32, U32>, ShapeRef>>(
      with_type(kShape, R"((func (export "run") (param i32 i32 i32) (result i32)
                   (i32.store (i32.const 16) (local.get 0))
                   (i32.store (i32.const 20) (local.get 1))
                   (i32.store (i32.const 24) (local.get 2))
                   (i32.const 16)))",
                R"((param "value" $t) (result (tuple u32 u32 u32)))")));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(instance.call().run(ShapeRef(ShapeRef::Named{"text"})));
    EXPECT_EQ(good(instance.call().run(ShapeRef(ShapeRef::None()))), std::tuple(1U, 0U, 0U));
    EXPECT_EQ(good(instance.call().run(ShapeRef(ShapeRef::Circle{1.0F}))),
              std::tuple(0U, 0x3F800000U, 0U));
  }
}

// A type of WIT that is one core value, and what it is there.
template <class T>
struct Core {
  std::string_view wit;
  std::string_view core;
  T value;
  U64 slot;
};
constexpr Core<std::int32_t> kS32{"s32", "i32", -2, 0xFFFFFFFE};
constexpr Core<std::int64_t> kS64{"s64", "i64", -2, 0xFFFFFFFFFFFFFFFE};
constexpr Core<float> kF32{"f32", "f32", -1.5F, 0xBFC00000};
constexpr Core<double> kF64{"f64", "f64", -1.5, 0xBFF8000000000000};

// The bits of parameter 1, of this core type, as an i64.
std::string_view bits_of(std::string_view core) {
  if (core == "i32") return "(i64.extend_i32_u (local.get 1))";
  if (core == "f32") return "(i64.extend_i32_u (i32.reinterpret_f32 (local.get 1)))";
  if (core == "f64") return "(i64.reinterpret_f64 (local.get 1))";
  return "(local.get 1)";
}

// The engine takes the component only if its function has the core types of the Canonical ABI.
template <class A, class B>
void expect_to_share_a_slot(Core<A> a, Core<B> b) {
  const bool narrow = sizeof(A) == 4 && sizeof(B) == 4;
  const std::string_view joined = a.core == b.core ? a.core : narrow ? "i32" : "i64";
  using Seen = std::tuple<U32, U64>;
  auto instance = instance_of(load<Maps<Seen, Either<A, B>>>(
      with_type(concat(R"((variant (case "a" )", a.wit, R"() (case "b" )", b.wit, "))"),
                concat(R"((func (export "run") (param i32 )", joined, R"() (result i32)
               (i32.store (i32.const 16) (local.get 0))
               (i64.store (i32.const 24) )",
                       bits_of(joined), ") (i32.const 16))"),
                R"((param "value" $t) (result (tuple u32 u64)))")));
  EXPECT_EQ(good(instance.call().run(Either<A, B>(First<A>{a.value}))), Seen(0, a.slot));
  EXPECT_EQ(good(instance.call().run(Either<A, B>(Second<B>{b.value}))), Seen(1, b.slot));
}

TEST(VariantValue, SharesASlotBetweenAnyTwoCoreTypes) {
  const auto with_each = [](auto a) {
    expect_to_share_a_slot(a, kS32);
    expect_to_share_a_slot(a, kS64);
    expect_to_share_a_slot(a, kF32);
    expect_to_share_a_slot(a, kF64);
  };
  with_each(kS32);
  with_each(kS64);
  with_each(kF32);
  with_each(kF64);
}

TEST(VariantValue, OfACaseThatItHasNotIsRefused) {
  EXPECT_EQ(
      failure(instance_of(load<Gives<Shape>>(gives(kShape, "$t", data(16, "\\03")))).call().run()),
      bad_data("the discriminant 3 stands for none of the 3 cases"));
}

TEST(VariantValue, NamesItsCaseOnTheWayToWhatIsBad) {
  const std::string memory = data(16, little(32U) + little(2U)) +
                             data(32, little(1U) + little(0U) + little(0U)) +
                             data(44, little(2U) + little(70'000U) + little(5U));
  EXPECT_EQ(failure(instance_of(load<Gives<std::vector<Shape>>>(gives(kShape, "(list $t)", memory)))
                        .call()
                        .run()),
            bad_data("element 1, `named`: 5 bytes at 0x11170 reach past the end of its memory of "
                     "64 KiB"));
  EXPECT_EQ(failure(run<Echoes<Shape>>(echoes_shape(), Shape(Shape::Named{"\xff"}))),
            fails(Kind::misuse,
                  "guest: run was given bad data by the host: parameter `value`, `named`: the text "
                  "is not UTF-8 at its byte 0"));
}

TEST(VariantValue, WithoutAValueIsNotPassed) {
  EXPECT_EQ(failure(run<Echoes<Shape>>(echoes_shape(), valueless())),
            bad_parameter("the variant holds no value, since an exception came out of what last "
                          "assigned it"));
}

TEST(VariantValue, OfOtherCasesIsRefusedAtLoad) {
  EXPECT_EQ(
      difference<Shape>(R"((variant (case "circle" f64) (case "none") (case "named" string)))"),
      "variant `shape`, case `circle`: the host expects f32, the plugin has f64");
  EXPECT_EQ(
      difference<Shape>(R"((variant (case "circle" f32) (case "dot") (case "named" string)))"),
      "variant `shape`: the host has case `none`, the plugin has `dot` in its place");
  EXPECT_EQ(
      difference<Shape>(R"((variant (case "none") (case "circle" f32) (case "named" string)))"),
      "variant `shape`: the cases are in another order: the host has circle, none, named, "
      "the plugin has none, circle, named");
}

// ---- Enums -------------------------------------------------------------------------------------

TEST(EnumValue, GoesThereAndBack) {
  auto instance = instance_of(load<Echoes<Level>>(echoes(kLevel)));
  for (const Level level : {Level::debug, Level::info, Level::error})
    EXPECT_EQ(good(instance.call().run(level)), level);
}

TEST(EnumValue, GoesThereAndBackInAList) {
  const std::vector<Level> levels{Level::error, Level::debug, Level::info};
  EXPECT_EQ(good(run<Echoes<std::vector<Level>>>(echoes_list(kLevel), levels)), levels);
}

TEST(EnumValue, ThatThereIsNotIsRefused) {
  for (const U32 value : {3U, 256U}) {
    EXPECT_EQ(failure(instance_of(load<Gives<Level>>(gives(kLevel, "$t", "", value))).call().run()),
              bad_data(concat("the discriminant ", value, " stands for none of the 3 cases")));
  }
}

TEST(EnumValue, ThatThereIsNotIsNotPassed) {
  const Level none{7};  // NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange)
  EXPECT_EQ(failure(run<Echoes<Level>>(echoes(kLevel), none)),
            bad_parameter("the value 7 is none of the 3 of its enum"));
}

TEST(EnumValue, OfOtherNamesIsRefusedAtLoad) {
  EXPECT_EQ(difference<Level>(R"((enum "debug" "info"))"),
            "enum `level`: the plugin lacks case `error`");
  EXPECT_EQ(difference<Level>(R"((enum "debug" "info" "error" "fatal"))"),
            "enum `level`: the plugin has case `fatal`, which the host does not know");
  EXPECT_EQ(difference<Level>(R"((enum "info" "debug" "error"))"),
            "enum `level`: the cases are in another order: the host has debug, info, error, the "
            "plugin has info, debug, error");
}

// ---- Flags -------------------------------------------------------------------------------------

TEST(FlagsValue, GoThereAndBack) {
  auto instance = instance_of(load<Echoes<Permissions>>(echoes(kPermissions)));
  for (std::uint8_t bits = 0; bits < 8; ++bits)
    EXPECT_EQ(good(instance.call().run(Permissions{bits})).bits(), bits);
}

TEST(FlagsValue, GoThereAndBackInAList) {
  const std::vector<Permissions> all{Permissions::read, ~Permissions(), Permissions()};
  EXPECT_EQ(good(run<Echoes<std::vector<Permissions>>>(echoes_list(kPermissions), all)), all);
}

TEST(FlagsValue, AreBitsTheFirstAsTheLowest) {
  const std::string wat =
      with_type(kPermissions, R"((func (export "run") (param i32) (result i32) (local.get 0)))",
                R"((param "value" $t) (result u32))");
  using Numbers = Maps<U32, Permissions>;
  EXPECT_EQ(run<Numbers>(wat, Permissions::read).value(), 1U);
  EXPECT_EQ(run<Numbers>(wat, Permissions::exec).value(), 4U);
}

TEST(FlagsValue, MayHaveBitsThatStandForNone) {
  const auto plugin = load<Gives<Permissions>>(gives(kPermissions, "$t", "", 0xFFFF'FFFA));
  EXPECT_EQ(good(instance_of(plugin).call().run()), Permissions::write);
}

TEST(FlagsValue, OfOtherNamesAreRefusedAtLoad) {
  EXPECT_EQ(difference<Permissions>(R"((flags "read" "write"))"),
            "flags `permissions`: the plugin lacks flag `exec`");
  EXPECT_EQ(difference<Permissions>(R"((flags "write" "read" "exec"))"),
            "flags `permissions`: the flags are in another order: the host has read, write, exec, "
            "the plugin has write, read, exec");
  EXPECT_EQ(difference<Permissions>(kLevel),
            "the host expects flags `permissions`, the plugin has enum `t`");
}

// ---- Lists of fixed length ---------------------------------------------------------------------

TEST(FixedListValue, GoesThereAndBack) {
  using Numbers = std::array<std::uint16_t, 3>;
  const std::string wat = component(
      R"((memory (export "memory") 1)
         (func (export "run") (param i32 i32 i32) (result i32)
           (i32.store16 (i32.const 16) (local.get 0))
           (i32.store16 (i32.const 18) (local.get 1))
           (i32.store16 (i32.const 20) (local.get 2))
           (i32.const 16)))",
      R"((func (export "run") (param "value" (list u16 3)) (result (list u16 3))
           (canon lift (core func $i "run") (memory $i "memory"))))");
  EXPECT_EQ(good(run<Echoes<Numbers>>(wat, Numbers{1, 2, 0xFFFF})), (Numbers{1, 2, 0xFFFF}));
}

// A component of run(value) -> value, which are in memory.
std::string echoes_block(std::string_view type) {
  return component(
      concat(kMemory, R"((func (export "run") (param i32) (result i32) (local.get 0)))"),
      concat(R"((func (export "run") (param "value" )", type, ") (result ", type,
             R"() (canon lift (core func $i "run") )", kWithMemory, "))"));
}

TEST(FixedListValue, OfMoreThanSixteenElementsGoesThroughMemory) {
  std::array<std::uint8_t, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 7);
  EXPECT_EQ(good(run<Echoes<decltype(key)>>(echoes_block("(list u8 32)"), key)), key);
}

TEST(FixedListValue, IsViewed) {
  using Texts = std::array<std::string_view, 9>;
  auto instance =
      instance_of(load<Maps<std::array<std::string, 9>, Texts>>(echoes_block("(list string 9)")));
  const Texts texts{"a", "", "text"};
  auto same = instance.call().view([&](const Texts& seen) { return seen == texts; }, texts);
  EXPECT_TRUE(good(std::move(same)));
}

TEST(FixedListValue, OfAnotherLengthIsRefusedAtLoad) {
  using Key = std::array<std::uint8_t, 32>;
  EXPECT_EQ(failure(load_error<Echoes<Key>>(echoes_block("(list u8 33)"))).message,
            "guest does not fit world test:guests/world\n"
            "  export run\n"
            "    parameter `value`: the host expects list<u8, 32>, the plugin has list<u8, 33>\n"
            "    the result: the host expects list<u8, 32>, the plugin has list<u8, 33>\n"
            "  The plugin was built against another version of the contract. Rebuild it with this "
            "one, or load it with the host it was built for.");
}

TEST(FixedListValue, IsRefusedUnlessTheEngineAllowsIt) {
  using Key = std::array<std::uint8_t, 32>;
  const Engine plain;
  const auto plugin =
      Plugin<World<Echoes<Key>>>::from_text(plain, "guest", echoes_block("(list u8 32)"), {});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().kind(), Error::Kind::bad_component);
  EXPECT_EQ(plugin.error().message(),
            "guest is not a component that can run here: it uses a list of fixed length, which is "
            "experimental, and this host does not allow experimental types");
}

// ---- Maps --------------------------------------------------------------------------------------

using Ages = std::vector<std::pair<std::string, std::uint8_t>>;
using AgesView = ListView<std::pair<std::string_view, std::uint8_t>>;

std::string echoes_map(std::string_view type) {
  return component(concat(kMemory, R"((func (export "run") (param i32 i32) (result i32)
                                        (i32.store (i32.const 16) (local.get 0))
                                        (i32.store (i32.const 20) (local.get 1))
                                        (i32.const 16)))"),
                   concat(R"((func (export "run") (param "value" )", type, ") (result ", type,
                          R"() (canon lift (core func $i "run") )", kWithMemory, "))"));
}

TEST(MapValue, GoesThereAndBack) {
  const Ages ages{{"Ada", std::uint8_t{36}}, {"", std::uint8_t{0}}, {"Ada", std::uint8_t{37}}};
  EXPECT_EQ(good(run<Echoes<Ages>>(echoes_map("(map string u8)"), ages)), ages);
  EXPECT_EQ(good(run<Echoes<Ages>>(echoes_map("(map string u8)"), Ages())), Ages());
}

TEST(MapValue, IsBorrowedAndViewed) {
  const Ages ages{{"Ada", std::uint8_t{36}}, {"Bob", std::uint8_t{3}}};
  auto instance = instance_of(load<Maps<Ages, AgesView>>(echoes_map("(map string u8)")));
  auto seen = instance.call().view(
      [](const AgesView& all) { return concat(all[1].first, " ", int{all[1].second}); },
      AgesView(ages));
  EXPECT_EQ(good(std::move(seen)), "Bob 3");
}

TEST(MapValue, TellsWhichKeyIsBad) {
  EXPECT_EQ(failure(run<Echoes<Ages>>(echoes_map("(map string u8)"), Ages{{"\xff", 1}})),
            fails(Kind::misuse,
                  "guest: run was given bad data by the host: parameter `value`, element 0, `key`: "
                  "the text is not UTF-8 at its byte 0"));
}

TEST(MapValue, IsRefusedUnlessTheEngineAllowsIt) {
  const Engine plain;
  const auto plugin =
      Plugin<World<Echoes<Ages>>>::from_text(plain, "guest", echoes_map("(map string u8)"), {});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().message(),
            "guest is not a component that can run here: it uses a map, which is experimental, and "
            "this host does not allow experimental types");
}

TEST(MapValue, IsNoListOfTuples) {
  EXPECT_EQ(failure(load_error<Maps<void, Ages>>(component(
                        concat(kMemory, R"((func (export "run") (param i32 i32)))"),
                        concat(R"((func (export "run") (param "value" (list (tuple string u8)))
                                    (canon lift (core func $i "run") )",
                               kWithMemory, "))"))))
                .message,
            "guest does not fit world test:guests/world\n"
            "  export run\n"
            "    parameter `value`: the host expects map<string, u8>, the plugin has "
            "list<tuple<string, u8>>\n"
            "  The plugin was built against another version of the contract. Rebuild it with this "
            "one, or load it with the host it was built for.");
}

}  // namespace
}  // namespace mortise::testing
