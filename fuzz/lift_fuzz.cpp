// Lifts every type of types.wit out of a guest memory of arbitrary bytes, and holds abi/ to what it
// promises. An input is
//
//   the number of a function            1 byte
//   how: Way, Encoding, another one     2 bits each
//   the budget and one, or 0: kLarge    2 bytes
//   the core values                     8 bytes each, as many as are looked at
//   the guest's memory                  the rest
//
// and zeros where it is shorter.
#include <fuzz/lift_fuzz.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <fuzz.h>
#include <fuzz/lifting.h>
#include <fuzz/make.h>
#include <fuzz/see.h>
#include <mortise/mortise.h>
#include <tests/heap.h>

namespace mortise::fuzz {
namespace {

// result: as that of a guest's function. parameters: as those of a host's. memory, core_values: as
// a part of something larger.
enum class Way : std::uint8_t { result, parameters, memory, core_values };

struct Input {
  std::size_t function = 0;
  Way way{};
  Encoding encoding{};
  Encoding other{};  // what it is lowered in
  std::uint64_t budget = kLarge;
  std::span<const std::uint8_t> rest{};
};

Input read_input(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, 4> head{};
  const std::size_t size = std::min(bytes.size(), head.size());
  if (size != 0) std::memcpy(head.data(), bytes.data(), size);
  Input input;
  input.function = head[0];
  input.way = static_cast<Way>(head[1] & 3U);
  input.encoding = encoding_of(head[1] >> 2U);
  input.other = encoding_of(head[1] >> 4U);
  if (const unsigned budget = head[2] + 256U * head[3]; budget != 0) input.budget = budget - 1;
  input.rest = bytes.subspan(size);
  return input;
}
void write_input(std::vector<std::uint8_t>& bytes, const Input& input) {
  const auto how = static_cast<unsigned>(input.way) | static_cast<unsigned>(input.encoding) << 2U |
                   static_cast<unsigned>(input.other) << 4U;
  bytes = {static_cast<std::uint8_t>(input.function), static_cast<std::uint8_t>(how), 0, 0};
}

// How a T is lifted and lowered as the result of function F, or a part of one.
template <class F, class T>
struct AsResult {
  using Value = T;
  using Codec = abi::Codec<T>;

  // Core values that are looked at.
  static std::size_t slots(Way way) { return way == Way::core_values ? Codec::layout.flat : 1; }

  static bool lift(abi::LiftContext& context, Way way, std::span<const Slot> slots, T& value) {
    if (way == Way::result) return F::lift(context, slots.data(), value);
    if (way == Way::memory) {
      const auto at = static_cast<std::uint32_t>(slots[0].low);
      const std::byte* from = context.range(at, 1, Codec::layout.size, Codec::layout.align);
      return from != nullptr && Codec::load(context, from, value);
    }
    const Slot* at = slots.data();
    if (!Codec::lift(context, at, value)) return false;
    require(at == slots.data() + slots.size(), "it moved past another count of core values");
    return true;
  }
  static bool lower(abi::LowerContext& context, Way way, std::span<Slot> slots, const T& value) {
    if (way == Way::core_values || (way == Way::result && !F::result_in_memory)) {
      Slot* at = slots.data();
      if (!Codec::lower(context, at, value)) return false;
      require(at == slots.data() + slots.size(), "it wrote another count of core values");
      return true;
    }
    std::uint32_t at = 0;
    if (!context.allocate(Codec::layout.align, Codec::layout.size, at)) return false;
    slots[0].low = at;
    return Codec::store(context, at, value);
  }
};

// The same for its parameters.
template <class F>
struct AsParameters {
  using Value = typename F::Values;

  static constexpr bool in_memory = F::flat_params > abi::kMaxFlatParams;
  static std::size_t slots(Way) { return in_memory ? 1 : F::flat_params; }

  static bool lift(abi::LiftContext& context, Way, std::span<const Slot> slots, Value& value) {
    return F::lift_params(context, slots.data(), value);
  }
  static bool lower(abi::LowerContext& context, Way, std::span<Slot> slots, const Value& value) {
    const auto arguments =
        std::apply([](const auto&... each) { return typename F::Arguments(each...); }, value);
    return F::lower(context, slots.data(), arguments);
  }
};

template <class As>
void lower(Lowered& out, Encoding encoding, Way way, const typename As::Value& value) {
  Fault fault;
  abi::LowerContext context(&out.room, &Room::realloc, encoding, fault);
  out.slots.assign(As::slots(way), Slot{});
  require(As::lower(context, way, out.slots, value), "what was lifted cannot be lowered");
}

bool same(const Fault& a, const Fault& b) {
  if (a.code != b.code || a.size != b.size || a.limit != b.limit || a.depth != b.depth)
    return false;
  for (std::size_t i = 0; i < std::min(a.depth, a.path.size()); ++i) {
    const Fault::Step& x = a.path[i];
    const Fault::Step& y = b.path[i];
    if (x.index != y.index ||
        std::string_view(x.name, x.name_size) != std::string_view(y.name, y.name_size))
      return false;
  }
  return true;
}

// What came of lifting. What it views is there as long as this and the source.
template <class As>
struct Lifted {
  Lifted(const Source& source, Way way, std::uint64_t budget)
      : context(source.memory, source.encoding, budget, fault) {
    {
      // Nothing is allocated before it was charged. What is not charged is small: a text that a
      // view has to own, and what a std::string takes at the least.
      const testing::HeapLimit heap(budget + 64);
      accepted = As::lift(context, way, source.slots, value);
    }
    if (accepted) {
      see(sight, value);
      require(fault.code == FaultCode::none, "there is a fault in what was accepted");
      require(sight.handed <= budget, "more than the budget was handed over");
    } else {
      check_refusal(fault, budget);
    }
  }
  [[nodiscard]] bool over_budget() const {
    return !accepted && fault.code == FaultCode::over_budget;
  }

  Fault fault;
  abi::LiftContext context;
  typename As::Value value{};
  bool accepted = false;
  Sight sight;
};

bool agree(const Sight& a, const Sight& b) { return a.hash == b.hash && a.handed == b.handed; }

// Just enough is enough, and less is not; lowered and lifted again it is the same.
template <class As>
void check_accepted(const Source& source, const Input& input, const Lifted<As>& first,
                    Lowered& lowered) {
  const std::uint64_t handed = first.sight.handed;
  const Lifted<As> enough(source, input.way, handed);
  require(enough.accepted && agree(enough.sight, first.sight), "its own size is not enough for it");
  if (handed > 0) {
    const Lifted<As> less(source, input.way, handed - 1);
    require(less.over_budget(), "less than its own size is enough for it");
  }
  lower<As>(lowered, input.other, input.way, first.value);
  const Lifted<As> again(lowered.source(input.other), input.way, handed);
  require(again.accepted && agree(again.sight, first.sight), "it comes back as another value");
}

template <class F>
bool lift_result(const Source& source, const Input& input) {
  using T = typename F::Result;
  using V = abi::View<T>;
  using Owned = AsResult<F, T>;
  using Viewed = AsResult<F, V>;
  const Lifted<Owned> owned(source, input.way, input.budget);
  Lowered lowered;
  if (owned.accepted) check_accepted(source, input, owned, lowered);
  if constexpr (!std::same_as<T, V>) {
    const Lifted<Viewed> viewed(source, input.way, input.budget);
    Lowered from_view;
    if (viewed.accepted) check_accepted(source, input, viewed, from_view);
    // An element has one size on the host and another one in the guest, so one of the forms may
    // be over the budget where the other is not.
    if (owned.over_budget() || viewed.over_budget()) return owned.accepted || viewed.accepted;
    require(owned.accepted == viewed.accepted, "owned and viewed it is not accepted alike");
    if (!owned.accepted) {
      require(same(owned.fault, viewed.fault), "owned and viewed it is refused for other faults");
      return false;
    }
    require(owned.sight.hash == viewed.sight.hash, "owned and viewed it is another value");
    require(lowered == from_view, "owned and viewed it is lowered to other bytes");
    if constexpr (std::convertible_to<const T&, V>) {
      const V borrowed = owned.value;
      Lowered from_borrowed;
      lower<Viewed>(from_borrowed, input.other, input.way, borrowed);
      require(lowered == from_borrowed, "borrowed it is lowered to other bytes");
    }
  }
  return owned.accepted;
}

template <class F>
bool lift_parameters(const Source& source, const Input& input) {
  const Lifted<AsParameters<F>> values(source, input.way, input.budget);
  Lowered lowered;
  if (values.accepted) check_accepted(source, input, values, lowered);
  return values.accepted;
}

template <class F>
bool lift_function(const Input& input) {
  now = F::name;
  const bool parameters = input.way == Way::parameters;
  const std::size_t count = parameters ? AsParameters<F>::slots(input.way)
                                       : AsResult<F, typename F::Result>::slots(input.way);
  std::span<const std::uint8_t> rest = input.rest;
  const std::vector<Slot> slots = take_slots(rest, count);
  const Bytes bytes(rest);
  const Source source{bytes.memory(), input.encoding, slots};
  return parameters ? lift_parameters<F>(source, input) : lift_result<F>(source, input);
}

// A function's parameters lie as its result does (types.wit), as core values or in memory.
template <class F>
std::vector<std::uint8_t> sample_function(const Input& input, std::uint64_t seed) {
  Way way = input.way;
  if (way == Way::parameters) way = AsParameters<F>::in_memory ? Way::memory : Way::core_values;
  Chance chance(seed);
  Lowered lowered;
  lower<AsResult<F, typename F::Result>>(lowered, input.encoding, way,
                                         make<typename F::Result>(chance));
  std::vector<std::uint8_t> bytes;
  write_input(bytes, input);
  const auto append = [&bytes](const void* from, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(from);
    bytes.insert(bytes.end(), first, first + size);
  };
  for (const Slot& slot : lowered.slots) append(&slot.low, sizeof slot.low);
  append(lowered.room.memory().base, lowered.room.size());
  return bytes;
}

struct Entry {
  bool (*lift)(const Input&);
  std::vector<std::uint8_t> (*sample)(const Input&, std::uint64_t seed);
};

// Whether a type of this kind is in a type.
bool holds(const abi::Type& type, abi::Kind kind) {
  if (type.kind == kind) return true;
  for (const abi::Member& member : type.members)
    if (member.type != nullptr && holds(*member.type, kind)) return true;
  return false;
}

// Functions that a host implements: of these the parameters can be lifted, and the result too.
template <class Functions>
struct Interface;
template <class... Fs, auto... Methods>
struct Interface<HostFunctions<Implements<Fs, Methods>...>> {
  static bool has(abi::Kind kind) { return (holds(*Fs::result, kind) || ...); }
  static void append(std::vector<Entry>& all) {
    (all.push_back({&lift_function<Fs>, &sample_function<Fs>}), ...);
  }
};

template <class... Hosts>
struct Interfaces {
  static bool have(abi::Kind kind) {
    return (Interface<typename Hosts::Functions>::has(kind) || ...);
  }
  static std::vector<Entry> entries() {
    std::vector<Entry> all;
    (Interface<typename Hosts::Functions>::append(all), ...);
    return all;
  }
};
namespace wit = acme::fuzz;
using All = Interfaces<wit::scalars::Host, wit::lists::Host, wit::cases::Host, wit::records::Host>;

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = All::entries();
  return all;
}

constexpr std::size_t kWays = 4;
constexpr std::size_t kEncodings = 3;

}  // namespace

bool lift_one(std::span<const std::uint8_t> bytes) {
  const Input input = read_input(bytes);
  return entries()[input.function % entries().size()].lift(input);
}

bool has_every_kind() {
  // Handles, streams and the like come from tables of the engine's: there is nothing to lift.
  for (std::uint8_t kind = 0; kind <= std::to_underlying(abi::Kind::result); ++kind)
    if (!All::have(abi::Kind{kind})) return false;
  return true;
}

std::size_t kinds_of_samples() { return entries().size() * kWays * kEncodings; }

std::vector<std::uint8_t> sample(std::size_t kind, std::uint64_t seed) {
  Input input;
  input.encoding = static_cast<Encoding>(kind % kEncodings);
  input.way = static_cast<Way>(kind / kEncodings % kWays);
  input.function = kind / kEncodings / kWays % entries().size();
  input.other = static_cast<Encoding>((kind + seed) % kEncodings);
  return entries()[input.function].sample(input, seed);
}

}  // namespace mortise::fuzz

// libFuzzer: one input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)mortise::fuzz::lift_one({data, size});
  return 0;
}
