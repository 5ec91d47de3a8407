#include <mortise/abi/variant.h>

#include <bit>
#include <concepts>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <mortise/abi/list.h>
#include <mortise/abi/option.h>
#include <mortise/abi/record.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace {

// variant with a case "a" of an A and a case "b" of a B, which may be of the same type.
template <class A>
struct First {
  A value{};
  friend bool operator==(const First&, const First&) = default;
};
template <class B>
struct Second {
  B value{};
  friend bool operator==(const Second&, const Second&) = default;
};
template <class A, class B>
using Either = std::variant<First<A>, Second<B>>;

// record figure { size: u8, shape: shape, tag: u16 }
struct Figure {
  std::uint8_t size = 0;
  mortise::testing::Shape shape;
  std::uint16_t tag = 0;
  friend bool operator==(const Figure&, const Figure&) = default;
};

// variant value { rights(permissions), level(level), maybe(option<shape>) }
struct ValueCases {
  struct Rights {
    mortise::testing::Permissions value;
    friend bool operator==(const Rights&, const Rights&) = default;
  };
  struct Level {
    mortise::testing::Level value{};
    friend bool operator==(const Level&, const Level&) = default;
  };
  struct Maybe {
    std::optional<mortise::testing::Shape> value;
    friend bool operator==(const Maybe&, const Maybe&) = default;
  };
};
struct Value : ValueCases, std::variant<ValueCases::Rights, ValueCases::Level, ValueCases::Maybe> {
  using variant::variant;
};

}  // namespace

template <class A, class B>
struct mortise::abi::Codec<Either<A, B>>
    : VariantCodec<Either<A, B>, "either", Case<"a", First<A>>, Case<"b", Second<B>>> {};
template <>
struct mortise::abi::Codec<Figure>
    : RecordCodec<Figure, "figure", Field<"size", &Figure::size>, Field<"shape", &Figure::shape>,
                  Field<"tag", &Figure::tag>> {};
template <>
struct mortise::abi::Codec<Value>
    : VariantCodec<Value, "value", Case<"rights", Value::Rights>, Case<"level", Value::Level>,
                   Case<"maybe", Value::Maybe>> {};

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using testing::Permissions;
using testing::Shape;
using testing::ShapeRef;
using testing::valueless;
using Slots = std::vector<std::uint64_t>;
using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

static_assert(Lowerable<Shape> && Liftable<Shape>);
static_assert(Lowerable<ShapeRef> && Liftable<ShapeRef>);
static_assert(std::same_as<View<Shape>, ShapeRef>);
static_assert(Codec<Shape>::layout == Layout{.size = 12, .align = 4, .flat = 3});
static_assert(Codec<ShapeRef>::layout == Codec<Shape>::layout);
static_assert(Codec<Either<U8, U8>>::layout == Layout{.size = 2, .align = 1, .flat = 2});
static_assert(Codec<Either<U8, U64>>::layout == Layout{.size = 16, .align = 8, .flat = 2});

Shape circle(float radius) { return Shape::Circle{radius}; }
Shape named(std::string name) { return Shape::Named{std::move(name)}; }
const Shape kNone = Shape::None();

TEST(VariantType, TellsItsNameAndItsCases) {
  const Type& type = Codec<Shape>::type;
  EXPECT_EQ(type.kind, Kind::variant);
  EXPECT_EQ(type.name, "shape");
  ASSERT_EQ(type.members.size(), 3u);
  EXPECT_EQ(type.members[0].name, "circle");
  EXPECT_EQ(type.members[0].type, &Codec<float>::type);
  EXPECT_EQ(type.members[1].name, "none");
  EXPECT_EQ(type.members[1].type, nullptr);
  EXPECT_EQ(type.members[2].name, "named");
  EXPECT_EQ(type.members[2].type, &Codec<std::string>::type);
}

TEST(VariantType, LiesInMemoryIfOneOfItsCasesDoes) {
  EXPECT_TRUE((lies_in_memory<Shape>()));
  EXPECT_FALSE((lies_in_memory<Either<U8, U64>>()));
}

// ---- To the guest ----

TEST(VariantType, IsStoredAsTheNumberOfItsCaseAndItsPayload) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(circle(1.0F)), 12), "00 aa aa aa 00 00 80 3f aa aa aa aa");
  EXPECT_EQ(guest.hex(guest.store(kNone), 12), "01 aa aa aa aa aa aa aa aa aa aa aa");
  const U32 at = guest.store(named("hey"));
  EXPECT_EQ(guest.hex(at, 4), "02 aa aa aa");
  EXPECT_EQ(guest.load<std::string>(at + 4), "hey");
}

TEST(VariantType, IsLoweredToTheNumberOfItsCaseAndItsPayload) {
  Guest guest;
  EXPECT_EQ(guest.lower(circle(1.0F)), (Slots{0, 0x3F800000, 0}));
  EXPECT_EQ(guest.lower(kNone), (Slots{1, 0, 0}));
  EXPECT_EQ(guest.lower(named("hey")), (Slots{2, 17, 3}));
}

TEST(VariantType, IsLoweredFromItsBorrowedForm) {
  Guest guest;
  EXPECT_EQ(guest.lower(ShapeRef(ShapeRef::Named{"hey"})), (Slots{2, 17, 3}));
  EXPECT_EQ(guest.lower(ShapeRef(named("hey"))), (Slots{2, 21, 3}));
}

// The three types that share the first slot, and the second one that only the last has.
TEST(VariantType, LowersZerosWhereItsPayloadIsShorterThanAnother) {
  Guest guest;
  using Uneven = Either<U64, std::tuple<float, U16>>;
  EXPECT_EQ(guest.lower(Uneven(First<U64>{~U64{0}})), (Slots{0, ~U64{0}, 0}));
  EXPECT_EQ(guest.lower(Uneven(Second<std::tuple<float, U16>>{{-0.0F, U16{7}}})),
            (Slots{1, 0x80000000, 7}));
}

// ---- Slots that types share ----

template <class T>
struct CoreValue {
  T value;
  U64 slot;  // zeros above those of 32 bits
};
constexpr CoreValue<std::int32_t> kI32{-2, 0xFFFFFFFE};
constexpr CoreValue<std::int64_t> kI64{-2, 0xFFFFFFFFFFFFFFFE};
constexpr CoreValue<float> kF32{-1.5F, 0xBFC00000};
constexpr CoreValue<double> kF64{-1.5, 0xBFF8000000000000};

template <class A, class B>
void expect_to_share_a_slot(CoreValue<A> a, CoreValue<B> b) {
  using Shared = Either<A, B>;
  Guest guest;
  EXPECT_EQ(guest.lower(Shared(First<A>{a.value})), (Slots{0, a.slot}));
  EXPECT_EQ(guest.lower(Shared(Second<B>{b.value})), (Slots{1, b.slot}));
  // What stands above a value of 32 bits means nothing.
  constexpr U64 kGarbage = 0xDEADBEEF00000000;
  EXPECT_EQ((guest.lift<Shared>({0, a.slot | (sizeof(A) == 4 ? kGarbage : 0)})),
            Shared(First<A>{a.value}));
  EXPECT_EQ((guest.lift<Shared>({1, b.slot | (sizeof(B) == 4 ? kGarbage : 0)})),
            Shared(Second<B>{b.value}));
}

TEST(VariantType, SharesASlotBetweenAnyTwoCoreTypes) {
  const auto with_each = [](auto a) {
    expect_to_share_a_slot(a, kI32);
    expect_to_share_a_slot(a, kI64);
    expect_to_share_a_slot(a, kF32);
    expect_to_share_a_slot(a, kF64);
  };
  with_each(kI32);
  with_each(kI64);
  with_each(kF32);
  with_each(kF64);
}

TEST(VariantType, SharesSlotsWithNarrowValues) {
  Guest guest;
  using Narrow = Either<std::int8_t, U64>;
  EXPECT_EQ(guest.lower(Narrow(First<std::int8_t>{std::int8_t{-1}})), (Slots{0, 0xFFFFFFFF}));
  EXPECT_EQ(guest.lift<Narrow>({0, 0xDEADBEEF000001FE}),
            Narrow(First<std::int8_t>{std::int8_t{-2}}));
  using Text = Either<std::string, double>;
  EXPECT_EQ(guest.lift<Text>({0, 0xDEADBEEF00000010, 0}), Text(First<std::string>{""}));
}

// ---- From the guest ----

template <class T>
void expect_back(const T& value) {
  Guest guest({.moves = Moves::yes});
  EXPECT_EQ(guest.load<T>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<T>(guest.lower(value)), value);
}

TEST(VariantType, ComesBackAsItWas) {
  expect_back(circle(-0.5F));
  expect_back(kNone);
  expect_back(named(""));
  expect_back(named("text"));
}

TEST(VariantType, ComesBackFromWithinOtherTypes) {
  expect_back(std::optional<Shape>());
  expect_back(std::optional(named("text")));
  expect_back(std::vector<Shape>{circle(2), kNone, named("text")});
  expect_back(std::vector<Figure>{{.size = 1, .shape = named("text"), .tag = 2},
                                  {.size = 3, .shape = kNone, .tag = 4}});
  expect_back(Value(Value::Rights{Permissions::read | Permissions::exec}));
  expect_back(Value(Value::Level{testing::Level::error}));
  expect_back(Value(Value::Maybe{named("text")}));
}

TEST(VariantType, ReplacesWhatTheHostHadThere) {
  Guest guest;
  const U32 at = guest.store(kNone);
  LiftContext& context = guest.begin_lifting();
  Shape value = named("old");
  ASSERT_TRUE(Codec<Shape>::load(context, context.range(at, 1, 12, 4), value));
  EXPECT_EQ(value, kNone);
}

TEST(VariantType, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<ShapeRef>(guest.store(named("text")));
  const auto* name = std::get_if<ShapeRef::Named>(&view);
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(name->value, "text");
  EXPECT_EQ(guest.address(name->value.data()), guest.blocks()[1].at);
  EXPECT_EQ(guest.load<ShapeRef>(guest.store(circle(2))), ShapeRef(ShapeRef::Circle{2}));
}

TEST(VariantType, IsViewedInAList) {
  Guest guest;
  const auto view = guest.load<ListView<ShapeRef>>(
      guest.store(std::vector<Shape>{circle(2), kNone, named("text")}));
  ASSERT_EQ(view.size(), 3u);
  EXPECT_EQ(view[0], ShapeRef(ShapeRef::Circle{2}));
  EXPECT_EQ(view[1], ShapeRef(ShapeRef::None()));
  EXPECT_EQ(view[2], ShapeRef(ShapeRef::Named{"text"}));
}

TEST(VariantType, WithoutPayloadIgnoresWhatIsThere) {
  Guest guest;
  EXPECT_EQ(guest.lift<Shape>({1, ~U64{0}, ~U64{0}}), kNone);
  EXPECT_EQ(guest.load<Shape>(guest.put<U32>({1, 0xFFFFFFFF, 0xFFFFFFFF})), kNone);
}

TEST(VariantType, LooksAtAsManyBytesAsItsDiscriminantHas) {
  Guest guest;
  EXPECT_EQ(guest.load<Shape>(guest.put<U32>({0xFFFFFF01, 0, 0})), kNone);
  EXPECT_EQ(guest.lift<Shape>({0xFFFFFFFF00000001, 0, 0}), kNone);
}

TEST(VariantType, OfACaseThatItHasNotIsRefused) {
  Guest guest;
  EXPECT_EQ(guest.lift_fault<Shape>({3, 0, 0}), "bad discriminant: 3 of 3");
  EXPECT_EQ(guest.lift_fault<Shape>({0x100, 0, 0}), "bad discriminant: 256 of 3");
  EXPECT_EQ(guest.load_fault<Shape>(guest.put<U32>({255, 0, 0})), "bad discriminant: 255 of 3");
  EXPECT_EQ(guest.load_fault<ShapeRef>(guest.put<U32>({3, 0, 0})), "bad discriminant: 3 of 3");
}

TEST(VariantType, NamesItsCaseOnTheWayToWhatIsBad) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(named("\xFF")), "host bad utf8: byte 0; named");
  EXPECT_EQ(guest.store_fault(named("\xFF")), "host bad utf8: byte 0; named");
  EXPECT_EQ(guest.lift_fault<Shape>({2, 0x10000, 1}),
            "out of bounds: 1 x 1 at 65536 of 65536; named");
  EXPECT_EQ(guest.load_fault<ShapeRef>(guest.put<U32>({2, 0x10000, 1})),
            "out of bounds: 1 x 1 at 65536 of 65536; named");
  EXPECT_EQ(guest.lift_fault<Value>({2, 1, 3, 0, 0}), "bad discriminant: 3 of 3; some < maybe");
}

TEST(VariantType, WithoutAValueIsTheHostsFault) {
  Guest guest;
  ASSERT_TRUE(valueless().valueless_by_exception());
  EXPECT_EQ(guest.lower_fault(valueless()), "host no case");
  EXPECT_EQ(guest.store_fault(valueless()), "host no case");
  EXPECT_EQ(guest.store_fault(std::vector<Shape>{kNone, valueless()}), "host no case; 1");
}

// ---- For the host ----

TEST(VariantType, IsComparedAndVisitedAsAStdVariant) {
  EXPECT_EQ(circle(2), circle(2));
  EXPECT_NE(circle(2), circle(3));
  EXPECT_NE(circle(2), kNone);
  EXPECT_TRUE(std::holds_alternative<Shape::None>(kNone));
  EXPECT_EQ(std::visit([]<class C>(const C&) { return std::same_as<C, Shape::None>; }, kNone),
            true);
}

TEST(VariantType, ConvertsToItsBorrowedForm) {
  const Shape shape = named("text");
  const ShapeRef ref = shape;
  EXPECT_EQ(ref, ShapeRef(ShapeRef::Named{"text"}));
  EXPECT_EQ(std::get<ShapeRef::Named>(ref).value.data(),
            std::get<Shape::Named>(shape).value.data());
  EXPECT_EQ(ShapeRef(kNone), ShapeRef(ShapeRef::None()));
  const ListView<ShapeRef> list = std::vector<Shape>{shape};
  EXPECT_EQ(list.size(), 1u);
}

TEST(VariantType, WithoutAValueHasNoBorrowedForm) {
  EXPECT_THROW((void)ShapeRef(valueless()), std::bad_variant_access);
}

}  // namespace
}  // namespace mortise::abi
