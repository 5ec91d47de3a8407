#include <mortise/abi/owned.h>

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/abi/list.h>
#include <mortise/abi/option.h>
#include <mortise/abi/result.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace {

using mortise::testing::Shape;
using mortise::testing::ShapeRef;

// record entry { name: string, shape: shape, tags: list<string>, note: option<string>, sizes:
// list<u8> }
struct Entry;
struct EntryRef {
  std::string_view name;
  ShapeRef shape;
  mortise::ListView<std::string_view> tags;
  std::optional<std::string_view> note;
  std::span<const std::uint8_t> sizes;
  explicit operator Entry() const;
};
struct Entry {
  std::string name;
  Shape shape;
  std::vector<std::string> tags;
  std::optional<std::string> note;
  std::vector<std::uint8_t> sizes;
  operator EntryRef() const { return {name, shape, tags, note, sizes}; }  // NOLINT: borrowing
  friend bool operator==(const Entry&, const Entry&) = default;
};

// record page { entries: list<entry> }, whose members in C++ are in another order than in Page.
struct PageRef {
  std::uint32_t number = 0;
  mortise::ListView<EntryRef> entries;
};
struct Page {
  std::vector<Entry> entries;
  std::uint32_t number = 0;
  friend bool operator==(const Page&, const Page&) = default;
};

Entry entry(std::string name) {
  return {.name = std::move(name),
          .shape = Shape::Named{"round"},
          .tags = {"a", "", "b"},
          .note = "c",
          .sizes = {1, 2, 3}};
}

}  // namespace

template <>
struct mortise::abi::Codec<Entry>
    : RecordCodec<Entry, "entry", Field<"name", &Entry::name>, Field<"shape", &Entry::shape>,
                  Field<"tags", &Entry::tags>, Field<"note", &Entry::note>,
                  Field<"sizes", &Entry::sizes>> {};
template <>
struct mortise::abi::Codec<EntryRef>
    : RecordCodec<EntryRef, "entry", Field<"name", &EntryRef::name>,
                  Field<"shape", &EntryRef::shape>, Field<"tags", &EntryRef::tags>,
                  Field<"note", &EntryRef::note>, Field<"sizes", &EntryRef::sizes>> {};
template <>
struct mortise::abi::Viewed<Entry> {
  using type = EntryRef;
};
inline EntryRef::operator Entry() const { return mortise::owned<Entry>(*this); }
template <>
struct mortise::abi::Codec<Page>
    : RecordCodec<Page, "page", Field<"number", &Page::number>, Field<"entries", &Page::entries>> {
};
template <>
struct mortise::abi::Codec<PageRef>
    : RecordCodec<PageRef, "page", Field<"number", &PageRef::number>,
                  Field<"entries", &PageRef::entries>> {};

namespace mortise::abi {
namespace {

TEST(Owned, TextIsCopied) {
  std::string text = "hello";
  const auto kept = owned<std::string>(std::string_view(text));
  text = "other";
  EXPECT_EQ(kept, "hello");
}

TEST(Owned, WhatOwnsItselfIsCopied) {
  const std::vector<std::uint8_t> bytes{1, 2};
  EXPECT_EQ(owned<std::vector<std::uint8_t>>(bytes), bytes);
  EXPECT_EQ(owned<std::uint32_t>(7U), 7U);
}

TEST(Owned, RecordIsCopiedWithAllThatItHolds) {
  Entry original = entry("first");
  const EntryRef ref = original;
  const auto kept = Entry(ref);
  original = entry("a name that is too long to lie in place");
  original.tags = {};
  EXPECT_EQ(kept, entry("first"));
  EXPECT_EQ(static_cast<Entry>(EntryRef(kept)), kept);
}

TEST(Owned, FieldsAreThoseOfTheContract) {
  const std::vector<Entry> entries{entry("a"), entry("b")};
  const PageRef ref{.number = 3, .entries = entries};
  EXPECT_EQ(owned<Page>(ref), (Page{.entries = entries, .number = 3}));
}

TEST(Owned, ListIsCopiedOutOfTheGuest) {
  testing::Guest guest;
  const std::vector<Entry> entries{entry("a"), entry("b")};
  const std::uint32_t at = guest.store(entries);
  const auto view = guest.load<ListView<EntryRef>>(at);
  EXPECT_EQ(owned<std::vector<Entry>>(view), entries);
}

TEST(Owned, ListOfBoolsIsCopied) {
  const std::vector<bool> bools{true, false};
  EXPECT_EQ(owned<std::vector<bool>>(ListView<bool>(bools)), bools);
}

TEST(Owned, VariantKeepsItsCase) {
  const Shape named = Shape::Named{"x"};
  EXPECT_EQ(owned<Shape>(ShapeRef(named)), named);
  EXPECT_EQ(owned<Shape>(ShapeRef(Shape::Circle{1.5F})), Shape(Shape::Circle{1.5F}));
  EXPECT_EQ(owned<Shape>(ShapeRef(Shape::None{})), Shape(Shape::None{}));
}

TEST(Owned, OptionMayBeNothing) {
  using Ref = std::optional<std::string_view>;
  EXPECT_EQ(owned<std::optional<std::string>>(Ref("x")), "x");
  EXPECT_EQ(owned<std::optional<std::string>>(Ref()), std::nullopt);
  // That of an option is one too.
  using Twice = std::optional<std::optional<std::string>>;
  EXPECT_EQ(owned<Twice>(std::optional<Ref>(Ref())), Twice(std::optional<std::string>()));
}

TEST(Owned, ResultKeepsItsSide) {
  using Ref = std::expected<std::string_view, EntryRef>;
  using To = std::expected<std::string, Entry>;
  const Entry error = entry("e");
  EXPECT_EQ(owned<To>(Ref("x")), To("x"));
  EXPECT_EQ(owned<To>(Ref(std::unexpect, error)), To(std::unexpect, error));
}

TEST(Owned, ResultMayHaveNoPayload) {
  using Ref = std::expected<void, std::string_view>;
  using To = std::expected<void, std::string>;
  EXPECT_EQ(owned<To>(Ref()), To());
  EXPECT_EQ(owned<To>(Ref(std::unexpect, "x")), To(std::unexpect, "x"));
  using BareRef = std::expected<std::string_view, std::monostate>;
  using Bare = std::expected<std::string, std::monostate>;
  EXPECT_EQ(owned<Bare>(BareRef("x")), Bare("x"));
  EXPECT_EQ(owned<Bare>(BareRef(std::unexpect)), Bare(std::unexpect));
}

// A bool could be made of any of them.
TEST(Owned, ResultMayHaveABool) {
  using Ref = std::expected<bool, std::string_view>;
  using To = std::expected<bool, std::string>;
  EXPECT_EQ(owned<To>(Ref(false)), To(false));
  EXPECT_EQ(owned<To>(Ref(std::unexpect, "x")), To(std::unexpect, "x"));
}

TEST(Owned, TuplePairAndArrayAreCopiedPartByPart) {
  using Tuple = std::tuple<std::string, std::uint8_t>;
  EXPECT_EQ(owned<Tuple>(std::tuple(std::string_view("x"), std::uint8_t{1})), Tuple("x", 1));
  using Pair = std::pair<std::string, std::uint8_t>;
  EXPECT_EQ(owned<Pair>(std::pair(std::string_view("x"), std::uint8_t{1})), Pair("x", 1));
  using Array = std::array<std::string, 2>;
  EXPECT_EQ(owned<Array>(std::array<std::string_view, 2>{"x", "y"}), (Array{"x", "y"}));
}

}  // namespace
}  // namespace mortise::abi
