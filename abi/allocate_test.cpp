// Built twice: with exceptions, and without, where the library cannot catch std::bad_alloc.
#include <mortise/abi/allocate.h>

#include <mortise/abi/list.h>
#include <mortise/abi/number.h>
#include <mortise/abi/string.h>
#include <tests/guest_memory.h>
#include <tests/heap.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::HeapLimit;
using Numbers = std::vector<std::uint32_t>;
using Strings = std::vector<std::string>;

constexpr std::size_t kPlenty = std::size_t{1} << 30;

// Text of 40,000 bytes, and a list of 1,000 strings that are all of it.
struct Large {
  static constexpr std::uint32_t kText = 40'000;
  static constexpr std::uint32_t kStrings = 1'000;

  explicit Large(std::uint64_t budget, Encoding encoding = Encoding::utf8)
      : guest({.encoding = encoding, .budget = budget}),
        text(guest.put(std::string(kText, 'x'), 2)) {
    Numbers elements;
    for (std::uint32_t i = 0; i < kStrings; ++i) elements.insert(elements.end(), {text, kText});
    strings = guest.put(elements);
  }

  Guest guest;
  std::uint32_t text;
  std::uint32_t strings;
};

// The text of the fault of lifting T, which is not looked at before the heap has no limit.
template <class T>
std::string fault_with_heap(Guest& guest, std::uint32_t at, std::uint32_t length, std::size_t most,
                            std::size_t& largest) {
  T value{};
  LiftContext& context = guest.begin_lifting();
  const std::array<Slot, 2> slots{{{at, 0}, {length, 0}}};
  const Slot* from = slots.data();
  {
    const HeapLimit heap(most);
    EXPECT_FALSE(Codec<T>::lift(context, from, value)) << "it was lifted";
    largest = heap.largest();
  }
  return testing::text_of(context.fault);
}

TEST(Allocate, ComesAfterTheChargeForAString) {
  Large large(Large::kText - 1);
  std::size_t largest = 0;
  EXPECT_EQ(fault_with_heap<std::string>(large.guest, large.text, Large::kText, kPlenty, largest),
            "over budget: 1 more than 39999");
  EXPECT_EQ(largest, 0u);
}

TEST(Allocate, ComesAfterTheChargeForAStringThatIsDecoded) {
  Large large(Large::kText - 1, Encoding::latin1_utf16);
  std::size_t largest = 0;
  EXPECT_EQ(fault_with_heap<std::string>(large.guest, large.text, Large::kText, kPlenty, largest),
            "over budget: 1 more than 39999");
  EXPECT_EQ(largest, 0u);
}

TEST(Allocate, ComesAfterTheChargeForAListOfNumbers) {
  Large large(Large::kText - 1);
  std::size_t largest = 0;
  EXPECT_EQ(fault_with_heap<std::vector<std::uint8_t>>(large.guest, large.text, Large::kText,
                                                       kPlenty, largest),
            "over budget: 1 more than 39999");
  EXPECT_EQ(largest, 0u);
}

TEST(Allocate, ComesAfterTheChargeForAListOfStrings) {
  constexpr std::uint64_t kElements = Large::kStrings * sizeof(std::string);
  Large large(kElements - 1);
  std::size_t largest = 0;
  EXPECT_EQ(fault_with_heap<Strings>(large.guest, large.strings, Large::kStrings, kPlenty, largest),
            "over budget: 1 more than " + std::to_string(kElements - 1));
  EXPECT_EQ(largest, 0u);
}

// Of the 40 million bytes that the list stands for, no more than the budget is ever taken.
TEST(Allocate, NeverTakesMoreThanTheBudget) {
  Large large(1'000'000);
  std::size_t largest = 0;
  const std::string fault =
      fault_with_heap<Strings>(large.guest, large.strings, Large::kStrings, kPlenty, largest);
  EXPECT_TRUE(fault.starts_with("over budget: ")) << fault;
  EXPECT_LE(largest, Large::kText + 64);
}

TEST(Allocate, SaysThatTheHostHasNoMemoryForAString) {
  for (const Encoding encoding : {Encoding::utf8, Encoding::latin1_utf16}) {
    Large large(1 << 20, encoding);
    std::size_t largest = 0;
    EXPECT_EQ(fault_with_heap<std::string>(large.guest, large.text, Large::kText, 10'000, largest),
              "out of memory: 40000");
  }
}

TEST(Allocate, SaysThatTheHostHasNoMemoryForAList) {
  Large large(1 << 20);
  std::size_t largest = 0;
  EXPECT_EQ(fault_with_heap<Strings>(large.guest, large.strings, Large::kStrings, 10'000, largest),
            "out of memory: " + std::to_string(Large::kStrings * sizeof(std::string)));
  EXPECT_EQ(fault_with_heap<Numbers>(large.guest, large.text + 2, 9'000, 10'000, largest),
            "out of memory: 36000");
}

TEST(Allocate, SaysWhichElementTheHostHasNoMemoryFor) {
  Large large(1 << 20);
  std::size_t largest = 0;
  EXPECT_EQ(fault_with_heap<Strings>(large.guest, large.strings, 100, 10'000, largest),
            "out of memory: 40000; 0");
}

TEST(Allocate, SaysThatTheHostHasNoMemoryForATextThatAViewNeeds) {
  Large large(1 << 20, Encoding::latin1_utf16);
  std::size_t largest = 0;
  EXPECT_EQ(
      fault_with_heap<std::string_view>(large.guest, large.text, Large::kText, 10'000, largest),
      "out of memory: 40000");
}

TEST(Allocate, LetsAViewTakeNoMemoryAtAll) {
  Large large(1 << 30);
  LiftContext& context = large.guest.begin_lifting();
  const std::array<Slot, 2> slots{{{large.strings, 0}, {Large::kStrings, 0}}};
  const Slot* from = slots.data();
  ListView<std::string_view> view;
  const HeapLimit heap(kPlenty);
  const bool lifted = Codec<ListView<std::string_view>>::lift(context, from, view);
  const std::size_t read = lifted ? view[Large::kStrings - 1].size() : 0;
  const std::size_t largest = heap.largest();
  EXPECT_EQ(read, Large::kText);
  EXPECT_EQ(largest, 0u);
}

}  // namespace
}  // namespace mortise::abi
