// A guest without an engine, for the tests of abi/: bytes as its linear memory, and a realloc
// that hands out one block after the other.
//
//   Guest guest;
//   const std::uint32_t at = guest.store(std::string("hi"));
//   EXPECT_EQ(guest.hex(at, 8), "19 00 00 00 02 00 00 00");
//   EXPECT_EQ(guest.load<std::string>(at), "hi");
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/abi/codec.h>

namespace mortise::testing {

// Does each realloc move the memory? What is then written through a pointer from before is lost.
enum class Moves : std::uint8_t { no, yes };

struct GuestOptions {
  abi::Encoding encoding = abi::Encoding::utf8;
  std::uint64_t budget = 1 << 20;  // what one call may lift
  std::size_t memory = 1 << 16;    // bytes
  Moves moves = Moves::no;
  std::size_t reallocs = std::numeric_limits<std::size_t>::max();  // those after them fail
};

// A fault in one line, with all numbers that its code gives a meaning, and its path.
inline std::string text_of(const abi::Fault& fault) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string out;
  switch (fault.code) {
    case abi::FaultCode::none: return "no fault";
    case abi::FaultCode::out_of_bounds:
      out = "out of bounds: " + number(fault.size) + " x " + number(fault.unit) + " at " +
            number(fault.at) + " of " + number(fault.limit);
      break;
    case abi::FaultCode::unaligned:
      out = "unaligned: " + number(fault.at) + " to " + number(fault.limit);
      break;
    case abi::FaultCode::bad_utf8:
      out = "bad utf8: byte " + number(fault.size) + ", at " + number(fault.at);
      break;
    case abi::FaultCode::bad_utf16:
      out = "bad utf16: unit " + number(fault.size) + ", at " + number(fault.at);
      break;
    case abi::FaultCode::bad_char: out = "bad char: " + number(fault.size); break;
    case abi::FaultCode::bad_discriminant:
      out = "bad discriminant: " + number(fault.size) + " of " + number(fault.limit);
      break;
    case abi::FaultCode::over_budget:
      out = "over budget: " + number(fault.size) + " more than " + number(fault.limit);
      break;
    case abi::FaultCode::out_of_memory: out = "out of memory: " + number(fault.size); break;
    case abi::FaultCode::too_long:
      out = "too long: " + number(fault.size) + " of " + number(fault.limit);
      break;
    case abi::FaultCode::host_bad_utf8: out = "host bad utf8: byte " + number(fault.size); break;
    case abi::FaultCode::host_bad_char: out = "host bad char: " + number(fault.size); break;
    case abi::FaultCode::host_bad_case:
      out = "host bad case: " + number(fault.size) + " of " + number(fault.limit);
      break;
    case abi::FaultCode::host_no_case: out = "host no case"; break;
    case abi::FaultCode::host_no_object: out = "host no object"; break;
    case abi::FaultCode::host_other_instance: out = "host other instance"; break;
    case abi::FaultCode::host_lent: out = "host lent"; break;
    case abi::FaultCode::handle_failed: out = "handle failed"; break;
    case abi::FaultCode::no_buffer: out = "no buffer: " + number(fault.size); break;
    case abi::FaultCode::not_filled: out = "not filled"; break;
    case abi::FaultCode::realloc_failed: out = "realloc failed"; break;
  }
  for (std::size_t i = 0; i < fault.depth && i < fault.path.size(); ++i) {
    const abi::Fault::Step& step = fault.path[i];
    out += i == 0 ? "; " : " < ";
    out += step.name == nullptr ? number(step.index) : std::string(step.name, step.name_size);
  }
  if (fault.depth > fault.path.size()) out += " < ..";
  return out;
}

class Guest {
 public:
  // A block that the guest was asked for.
  struct Block {
    std::uint32_t align;
    std::uint32_t size;
    std::uint32_t at;
  };

  explicit Guest(const GuestOptions& options = {})
      : options_(options), bytes_(options.memory, std::byte{kFresh}) {}

  // ---- From the host to the guest. Those without `_fault` fail the test if there is one. ----

  // Stores `value` in a block of its own, and says where.
  template <class T>
  std::uint32_t store(const T& value) {
    std::uint32_t at = 0;
    EXPECT_TRUE(try_store(value, at)) << text_of(fault_);
    return at;
  }
  // The text of the fault that storing it is.
  template <class T>
  std::string store_fault(const T& value) {
    std::uint32_t at = 0;
    EXPECT_FALSE(try_store(value, at)) << "it was stored";
    return text_of(fault_);
  }

  // The core values that `value` is lowered to.
  template <class T>
  std::vector<std::uint64_t> lower(const T& value) {
    std::vector<std::uint64_t> values;
    EXPECT_TRUE(try_lower(value, values)) << text_of(fault_);
    EXPECT_EQ(values.size(), abi::Codec<T>::layout.flat) << "it moved past another count of slots";
    return values;
  }
  template <class T>
  std::string lower_fault(const T& value) {
    std::vector<std::uint64_t> values;
    EXPECT_FALSE(try_lower(value, values)) << "it was lowered";
    return text_of(fault_);
  }

  // The parameters of function `F`: all sixteen slots, of which those that were not written hold
  // kStaleSlot.
  template <class F, class... Args>
  std::vector<std::uint64_t> call(const Args&... args) {
    std::vector<std::uint64_t> values;
    EXPECT_TRUE((try_call<F>(values, args...))) << text_of(fault_);
    return values;
  }
  template <class F, class... Args>
  std::string call_fault(const Args&... args) {
    std::vector<std::uint64_t> values;
    EXPECT_FALSE((try_call<F>(values, args...))) << "it was lowered";
    return text_of(fault_);
  }

  // ---- From the guest to the host. A view lives until the next of these. ----

  template <class T>
  T load(std::uint32_t at) {
    T value{};
    EXPECT_TRUE(try_load(at, value)) << text_of(fault_);
    return value;
  }
  template <class T>
  std::string load_fault(std::uint32_t at) {
    T value{};
    EXPECT_FALSE(try_load(at, value)) << "it was loaded";
    return text_of(fault_);
  }

  // Is there a T at all?
  template <class T>
  bool loads(std::uint32_t at) {
    T value{};
    return try_load(at, value);
  }

  // Lifts core values. In the slots, what has no meaning holds garbage.
  template <class T>
  T lift(const std::vector<std::uint64_t>& values) {
    T value{};
    EXPECT_TRUE(try_lift(values, value)) << text_of(fault_);
    return value;
  }
  template <class T>
  std::string lift_fault(const std::vector<std::uint64_t>& values) {
    T value{};
    EXPECT_FALSE(try_lift(values, value)) << "it was lifted";
    return text_of(fault_);
  }

  // Lifts the result of function `F` as T: its Result or a view of it.
  template <class F, class T>
  T result(std::uint64_t slot) {
    T value{};
    EXPECT_TRUE((try_result<F>(slot, value))) << text_of(fault_);
    return value;
  }
  template <class F, class T>
  std::string result_fault(std::uint64_t slot) {
    T value{};
    EXPECT_FALSE((try_result<F>(slot, value))) << "it was lifted";
    return text_of(fault_);
  }

  // ---- The guest's own doing ----

  // Puts numbers into a block of their own, as the guest's program would, and says where.
  template <class T>
  std::uint32_t put(const std::vector<T>& numbers, std::uint32_t align = alignof(T)) {
    std::uint32_t at = 0;
    const std::size_t size = numbers.size() * sizeof(T);
    EXPECT_TRUE(allocate(align, static_cast<std::uint32_t>(size), at)) << "no room";
    if (size != 0) std::memcpy(&bytes_[at], numbers.data(), size);
    return at;
  }
  std::uint32_t put(std::string_view text, std::uint32_t align = 1) {
    return put(std::vector<char>(text.begin(), text.end()), align);
  }
  template <class T>
  void poke(std::uint32_t at, T value) {
    std::memcpy(&bytes_.at(at), &value, sizeof value);
  }

  // ---- What there is to see ----

  // "0a 00 ff": bytes of memory. Those that nobody has written are "aa".
  std::string hex(std::uint32_t at, std::uint32_t size) const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (std::uint32_t i = 0; i < size; ++i) {
      const auto byte = std::to_integer<std::size_t>(bytes_.at(at + i));
      if (i != 0) out += ' ';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
    return out;
  }
  // The address that a pointer into memory stands for; nothing for other pointers.
  std::optional<std::size_t> address(const void* p) const {
    const auto base = reinterpret_cast<std::uintptr_t>(bytes_.data());
    const auto address = reinterpret_cast<std::uintptr_t>(p);
    if (address < base || address > base + bytes_.size()) return std::nullopt;
    return address - base;
  }
  // What lifting goes on in: a new one, and that of the operation that was the last.
  abi::LiftContext& begin_lifting() {
    fault_ = {};
    const abi::Memory memory{.base = bytes_.data(), .size = bytes_.size()};
    lifting_ =
        std::make_unique<abi::LiftContext>(memory, options_.encoding, options_.budget, fault_);
    return *lifting_;
  }
  // All blocks that were asked for, in order.
  const std::vector<Block>& blocks() const { return blocks_; }
  std::uint32_t memory_size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  // Of the operation that was the last.
  const abi::Fault& fault() const { return fault_; }
  abi::LiftContext& lifting() { return *lifting_; }
  void set_budget(std::uint64_t bytes) { options_.budget = bytes; }

  static constexpr std::uint8_t kFresh = 0xAA;
  static constexpr std::uint64_t kStaleSlot = 0xEEEEEEEEEEEEEEEE;

 private:
  // Those that lift are not inlined: GCC 12 would warn of the empty halves of nested options.
  template <class T>
  bool try_store(const T& value, std::uint32_t& at) {
    fault_ = {};
    abi::LowerContext context(this, &realloc, options_.encoding, fault_);
    constexpr abi::Layout layout = abi::Codec<T>::layout;
    return context.allocate(layout.align, layout.size, at) &&
           abi::Codec<T>::store(context, at, value);
  }

  template <class T>
  bool try_lower(const T& value, std::vector<std::uint64_t>& values) {
    fault_ = {};
    abi::LowerContext context(this, &realloc, options_.encoding, fault_);
    std::vector<abi::Slot> slots(abi::Codec<T>::layout.flat + 1, {kStaleSlot, kStaleSlot});
    abi::Slot* end = slots.data();
    if (!abi::Codec<T>::lower(context, end, value)) return false;
    for (const abi::Slot* slot = slots.data(); slot != end; ++slot) values.push_back(slot->low);
    EXPECT_EQ(slots.back().low, kStaleSlot) << "it wrote past its last slot";
    return true;
  }

  template <class F, class... Args>
  bool try_call(std::vector<std::uint64_t>& values, const Args&... args) {
    fault_ = {};
    abi::LowerContext context(this, &realloc, options_.encoding, fault_);
    std::array<abi::Slot, abi::kMaxFlatParams> slots;
    slots.fill({kStaleSlot, kStaleSlot});
    const bool done = F::lower(context, slots.data(), typename F::Arguments(args...));
    for (const abi::Slot& slot : slots) values.push_back(slot.low);
    return done;
  }

  template <class T>
  [[gnu::noinline]] bool try_load(std::uint32_t at, T& value) {
    begin_lifting();
    constexpr abi::Layout layout = abi::Codec<T>::layout;
    const std::byte* from = lifting_->range(at, 1, layout.size, layout.align);
    return from != nullptr && abi::Codec<T>::load(*lifting_, from, value);
  }

  template <class T>
  [[gnu::noinline]] bool try_lift(const std::vector<std::uint64_t>& values, T& value) {
    begin_lifting();
    EXPECT_EQ(values.size(), abi::Codec<T>::layout.flat) << "the test gives another count of slots";
    std::vector<abi::Slot> slots;
    for (const std::uint64_t low : values) slots.push_back({low, kStaleSlot});
    const abi::Slot* end = slots.data();
    if (!abi::Codec<T>::lift(*lifting_, end, value)) return false;
    EXPECT_EQ(end - slots.data(), static_cast<std::ptrdiff_t>(slots.size()))
        << "it moved past another count of slots";
    return true;
  }

  template <class F, class T>
  bool try_result(std::uint64_t slot, T& value) {
    begin_lifting();
    const abi::Slot slots{slot, kStaleSlot};
    return F::lift(*lifting_, &slots, value);
  }

  static bool realloc(void* self, std::uint32_t align, std::uint32_t size, std::uint32_t& at,
                      abi::Memory& memory) {
    auto& guest = *static_cast<Guest*>(self);
    if (!guest.allocate(align, size, at)) return false;
    guest.blocks_.push_back({.align = align, .size = size, .at = at});
    if (guest.options_.moves == Moves::yes) guest.move();
    memory = {.base = guest.bytes_.data(), .size = guest.bytes_.size()};
    return true;
  }

  // The next block that is aligned to `align` and to no more than that: an alignment that was
  // asked for in error shows.
  bool allocate(std::uint32_t align, std::uint32_t size, std::uint32_t& at) {
    if (blocks_.size() >= options_.reallocs) return false;
    std::size_t next = (next_ + align - 1) / align * align;
    if (next / align % 2 == 0) next += align;
    if (next + size > bytes_.size()) return false;
    at = static_cast<std::uint32_t>(next);
    next_ = next + size;
    return true;
  }

  // The old memory stays, with nothing of the guest's in it, so that a write to it does no harm.
  void move() {
    std::vector<std::byte> moved = bytes_;
    bytes_.swap(moved);
    for (std::byte& byte : moved) byte = std::byte{0xDD};
    left_.push_back(std::move(moved));
  }

  GuestOptions options_;
  std::vector<std::byte> bytes_;
  std::vector<std::vector<std::byte>> left_{};
  std::size_t next_ = 16;
  std::vector<Block> blocks_{};
  abi::Fault fault_{};
  std::unique_ptr<abi::LiftContext> lifting_{};
};

}  // namespace mortise::testing
