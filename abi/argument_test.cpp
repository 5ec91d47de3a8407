#include <mortise/abi/argument.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <vector>

#include <mortise/abi/function.h>
#include <tests/guest_memory.h>
#include <tests/heap.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
using namespace std::string_literals;
using namespace std::string_view_literals;
using U16 = std::uint16_t;

static_assert(Lowerable<StringArg> && Lowerable<ListArg<U16>>);
static_assert(Codec<StringArg>::layout == Codec<std::string>::layout);
static_assert(Codec<StringArg>::type.kind == Kind::string);
static_assert(Codec<ListArg<U16>>::layout == Codec<std::vector<U16>>::layout);
static_assert(Codec<ListArg<U16>>::type.kind == Kind::list);
// What somebody else's type is made from, it is made from too.
static_assert(std::convertible_to<const char*, StringArg>);
static_assert(std::convertible_to<std::string, StringArg>);
static_assert(std::convertible_to<std::array<U16, 3>, ListArg<U16>>);
static_assert(std::convertible_to<std::span<U16>, ListArg<U16>>);
static_assert(!std::convertible_to<std::vector<int>, ListArg<U16>>);

// Writes this text, and nothing else.
auto text(std::string_view words) {
  return produce(words.size(), [words](std::span<char> room) {
    ASSERT_EQ(room.size(), words.size());
    std::ranges::copy(words, room.begin());
  });
}

// ---- Borrowed ----

TEST(StringArg, OfATextIsThatText) {
  Guest guest;
  EXPECT_EQ(guest.lower(StringArg("hey")), (Slots{17, 3}));
  EXPECT_EQ(guest.hex(17, 3), "68 65 79");
  EXPECT_EQ(guest.load<std::string>(guest.store(StringArg("hey"s))), "hey");
}

TEST(StringArg, OfATextIsChecked) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(StringArg("a\xFF"sv)), "host bad utf8: byte 1");
}

TEST(ListArg, OfAVectorIsItsElements) {
  Guest guest;
  const std::uint32_t at = guest.store(ListArg<U16>(std::vector<U16>{1, 2, 3}));
  EXPECT_EQ(guest.load<std::vector<U16>>(at), (std::vector<U16>{1, 2, 3}));
}

TEST(ListArg, OfNothingIsEmpty) {
  Guest guest;
  EXPECT_EQ(guest.lower(ListArg<U16>(std::span<const U16>()))[1], 0u);
}

// ---- Produced ----

TEST(StringArg, IsProducedWhereTheGuestReadsIt) {
  Guest guest;
  char* seen = nullptr;
  const auto arg = produce(3, [&](std::span<char> room) {
    seen = room.data();
    std::ranges::copy("hey"sv, room.begin());
  });
  EXPECT_EQ(guest.lower(StringArg(arg)), (Slots{17, 3}));
  EXPECT_EQ(guest.address(seen), 17u);
  EXPECT_EQ(guest.hex(17, 3), "68 65 79");
}

TEST(StringArg, IsProducedWithoutMemoryOfTheHosts) {
  Guest guest;
  const std::string words(1000, 'x');
  const auto arg = text(words);
  std::uint32_t at = 0;
  {
    const testing::HeapLimit heap(1 << 20);
    at = guest.store(StringArg(arg));
    // The guest of the test notes its blocks; a text would be larger.
    EXPECT_LT(heap.largest(), words.size());
  }
  EXPECT_EQ(guest.load<std::string>(at), words);
}

TEST(StringArg, IsProducedOfNothing) {
  Guest guest;
  bool asked = false;
  const auto arg = produce(0, [&](std::span<char> room) { asked = room.empty(); });
  EXPECT_EQ(guest.lower(StringArg(arg))[1], 0u);
  EXPECT_TRUE(asked);
}

TEST(StringArg, IsProducedInMemoryThatMoved) {
  Guest guest({.moves = Moves::yes});
  EXPECT_EQ(guest.load<std::string>(guest.store(StringArg(text("it moved")))), "it moved");
}

TEST(StringArg, ThatWasProducedIsChecked) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(StringArg(text("a\xFF"))), "host bad utf8: byte 1");
}

TEST(StringArg, IsProducedForAGuestOfAnotherEncoding) {
  constexpr std::string_view kWords = "a\u00E9\u20AC\U0001F600"sv;
  for (const Encoding encoding : {Encoding::utf16, Encoding::latin1_utf16}) {
    Guest guest({.encoding = encoding});
    EXPECT_EQ(guest.load<std::string>(guest.store(StringArg(text(kWords)))), kWords);
    EXPECT_EQ(guest.store_fault(StringArg(text("a\xFF"))), "host bad utf8: byte 1");
  }
}

TEST(StringArg, IsNotProducedIfTheHostGivesUp) {
  const auto arg = produce(3, [](std::span<char>) { return false; });
  for (const Encoding encoding : {Encoding::utf8, Encoding::utf16}) {
    Guest guest({.encoding = encoding});
    EXPECT_EQ(guest.lower_fault(StringArg(arg)), "not filled");
    EXPECT_EQ((guest.call_fault<Function<"f", void, Param<"input", StringArg>>>(StringArg(arg))),
              "not filled; input");
  }
}

TEST(StringArg, IsNotProducedIfTheGuestHasNoRoom) {
  Guest guest({.reallocs = 0});
  bool asked = false;
  const auto arg = produce(3, [&](std::span<char>) { asked = true; });
  EXPECT_EQ(guest.lower_fault(StringArg(arg)), "realloc failed");
  EXPECT_FALSE(asked);
}

TEST(StringArg, IsNotProducedLongerThanAnyGuestCanHold) {
  for (const Encoding encoding : {Encoding::utf8, Encoding::utf16}) {
    Guest guest({.encoding = encoding});
    bool asked = false;
    const auto arg = produce(kMaxBytes + 1, [&](std::span<char>) { asked = true; });
    EXPECT_EQ(guest.lower_fault(StringArg(arg)), "too long: 2147483648 of 2147483647");
    EXPECT_FALSE(asked);
  }
}

TEST(StringArg, SaysThatThereIsNoMemoryToConvertIt) {
  Guest guest({.encoding = Encoding::utf16});
  const auto arg = produce(1 << 20, [](std::span<char>) {});
  std::string fault;
  {
    const testing::HeapLimit heap(1 << 16);
    fault = guest.lower_fault(StringArg(arg));
  }
  EXPECT_EQ(fault, "no buffer: 1048576");
}

TEST(StringArg, MayBeProducedByAFunctionThatIsHeldElsewhere) {
  Guest guest;
  int calls = 0;
  const auto fill = [&calls](std::span<char> room) {
    ++calls;
    std::ranges::fill(room, 'z');
  };
  EXPECT_EQ(guest.load<std::string>(guest.store(StringArg(produce(2, fill)))), "zz");
  EXPECT_EQ(calls, 1);
}

TEST(ListArg, IsProducedWhereTheGuestReadsIt) {
  Guest guest;
  U16* seen = nullptr;
  const auto arg = produce(3, [&](std::span<U16> room) {
    seen = room.data();
    std::ranges::fill(room, U16{0x0102});
  });
  EXPECT_EQ(guest.lower(ListArg<U16>(arg)), (Slots{18, 3}));
  EXPECT_EQ(guest.address(seen), 18u);
  EXPECT_EQ(guest.hex(18, 6), "02 01 02 01 02 01");
}

TEST(ListArg, IsProducedAsPartOfMemory) {
  Guest guest;
  const auto arg = produce(2, [](std::span<U16> room) { std::ranges::fill(room, U16{7}); });
  const std::uint32_t at = guest.store(ListArg<U16>(arg));
  EXPECT_EQ(guest.load<std::vector<U16>>(at), (std::vector<U16>{7, 7}));
}

TEST(ListArg, IsNotProducedIfTheHostGivesUp) {
  Guest guest;
  const auto arg = produce(3, [](std::span<U16>) { return false; });
  EXPECT_EQ(guest.lower_fault(ListArg<U16>(arg)), "not filled");
  EXPECT_EQ(guest.store_fault(ListArg<U16>(arg)), "not filled");
}

TEST(ListArg, IsNotProducedLongerThanAnyGuestCanHold) {
  Guest guest;
  const auto arg = produce(std::size_t{1} << 40, [](std::span<U16>) {});
  EXPECT_EQ(guest.lower_fault(ListArg<U16>(arg)), "too long: 2147483648 of 2147483647");
}

}  // namespace
}  // namespace mortise::abi
