// Lifts Values of types that are made by chance out of a guest memory of arbitrary bytes, and holds
// runtime/detail/dynamic_lift.h to what abi/ promises of the types of C++. An input is
//
//   the number of two types                          2 bytes: see types.h
//   how: Way, Encoding, another one, whether the     2 bits each
//   resources are the guest's
//   nothing                                          1 byte
//   the budget and one, or 0: kLarge                 2 bytes
//   the core values                                  8 bytes each, as many as are looked at
//   the guest's memory                               the rest
//
// and zeros where it is shorter.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fuzz/lift_fuzz.h>
#include <fuzz/lifting.h>
#include <fuzz/see.h>
#include <fuzz/types.h>
#include <mortise/runtime/detail/dynamic_lift.h>
#include <mortise/runtime/detail/dynamic_lower.h>
#include <mortise/runtime/detail/dynamic_world.h>
#include <tests/heap.h>
#include <tests/random_values.h>

namespace mortise::fuzz {
namespace {

using contract::Contract;
using contract::Kind;
using contract::kNone;
using contract::TypeId;
using mortise::detail::DynamicHandles;
using mortise::detail::DynamicWorld;
using namespace mortise::detail::dynamic;  // NOLINT(google-build-using-namespace): what is tested

// result: as that of a guest's function. parameters: as those of a host's, two at once. memory,
// core_values: as a part of something larger.
enum class Way : std::uint8_t { result, parameters, memory, core_values };
constexpr std::size_t kWays = 4;
constexpr std::size_t kEncodings = 3;

struct Input {
  std::size_t types = 0;
  Way way{};
  Encoding encoding{};
  Encoding other{};  // what it is lowered in
  bool of_guest = false;
  std::uint64_t budget = kLarge;
  std::span<const std::uint8_t> rest{};
};

Input read_input(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, 6> head{};
  const std::size_t size = std::min(bytes.size(), head.size());
  if (size != 0) std::memcpy(head.data(), bytes.data(), size);
  Input input;
  input.types = head[0] + 256U * head[1];
  input.way = static_cast<Way>(head[2] & 3U);
  input.encoding = encoding_of(head[2] >> 2U);
  input.other = encoding_of(head[2] >> 4U);
  input.of_guest = (head[2] >> 6U & 1U) != 0;
  if (const unsigned budget = head[4] + 256U * head[5]; budget != 0) input.budget = budget - 1;
  input.rest = bytes.subspan(size);
  return input;
}
void write_input(std::vector<std::uint8_t>& bytes, const Input& input) {
  const auto how = static_cast<unsigned>(input.way) | static_cast<unsigned>(input.encoding) << 2U |
                   static_cast<unsigned>(input.other) << 4U;
  bytes = {static_cast<std::uint8_t>(input.types),
           static_cast<std::uint8_t>(input.types >> 8U),
           static_cast<std::uint8_t>(how),
           0,
           0,
           0};
}

// The tables of an engine that knows every index but one: an object of the host's has its index for
// a number, and a handle of the guest's keeps its own.
class Tables final : public abi::Handles {
 public:
  static constexpr std::uint32_t kRefused = 0xFFFFFFFF;

  bool lift_own(abi::LiftContext&, const abi::Resource&, std::uint32_t index,
                void*& object) override {
    object = new HostNumber{.number = index, .of = nullptr};  // the lifter's
    return true;
  }
  bool lift_borrow(abi::LiftContext&, const abi::Resource&, std::uint32_t index,
                   void*& object) override {
    object = &lent_.emplace_back(HostNumber{.number = index, .of = nullptr});
    return true;
  }
  bool lift_guest(abi::LiftContext& context, const abi::Resource&, std::uint32_t index,
                  abi::GuestHandle& handle) override {
    handle.engine[0] = index;
    return index != kRefused || failed(context.fault);
  }

  bool lower_own(abi::LowerContext&, const abi::Resource&, void* object,
                 std::uint32_t& index) override {
    const std::unique_ptr<HostNumber> given(static_cast<HostNumber*>(object));
    index = given->number;
    return true;
  }
  bool lower_borrow(abi::LowerContext&, const abi::Resource&, void* object,
                    std::uint32_t& index) override {
    index = static_cast<HostNumber*>(object)->number;
    return true;
  }
  bool lower_guest(abi::LowerContext&, const abi::Resource&, abi::GuestHandle& handle, bool,
                   std::uint32_t& index) override {
    index = static_cast<std::uint32_t>(handle.engine[0]);
    return true;
  }

 private:
  std::deque<HostNumber> lent_;
};

// A world of one function, and how what is lifted lies there.
class Place {
 public:
  Place(const Subject& subject, Way way, bool of_guest) {
    Contract contract = subject.contract;
    for (contract::Type& type : contract.types)
      if (type.kind == Kind::own || type.kind == Kind::borrow)
        type.owner = of_guest ? "export" : "import";
    contract.exports.push_back({.name = "", .functions = {subject.function}});
    DynamicImports imports;
    imports.others([](CallContext&, const std::vector<Value>&) { return DynamicAnswer(); });
    auto made = DynamicWorld::make(std::move(contract), std::move(imports),
                                   {.wasi = {.access = Wasi::Access::none}}, "fuzz");
    require(made.has_value(), "there is no world of it");
    world_ = *std::move(made);
    const mortise::detail::DynamicSignature& signature = world_->function(0);
    if (way == Way::parameters) {
      types = {subject.function.params[0].type, subject.function.params[1].type};
      layout = signature.params.layout;
      offsets = signature.params.offsets;
    } else {
      types = {subject.function.params[0].type};
      layout = world_->type(types[0]).layout;
      offsets = {0};
    }
    const std::uint32_t most = way == Way::result ? abi::kMaxFlatResults : abi::kMaxFlatParams;
    in_memory = way == Way::memory || layout.flat > most;
  }

  [[nodiscard]] const DynamicWorld& world() const { return *world_; }
  [[nodiscard]] const Contract& contract() const { return world_->contract(); }
  // Core values that are looked at.
  [[nodiscard]] std::size_t slots() const { return in_memory ? 1 : layout.flat; }

  std::vector<TypeId> types;
  abi::Layout layout = abi::kEmpty;
  std::vector<std::uint32_t> offsets;
  bool in_memory = false;

 private:
  std::shared_ptr<const DynamicWorld> world_;
};

bool lift_all(const Place& place, abi::LiftContext& context, DynamicHandles& handles,
              std::span<const Slot> slots, std::vector<Value>& values) {
  Lifter lifter(place.world(), context, &handles);
  if (!place.in_memory) {
    const Slot* at = slots.data();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!lifter.lift(place.types[i], FromSlots{&at}, values[i])) return false;
    require(at == slots.data() + slots.size(), "it moved past another count of core values");
    return true;
  }
  const std::byte* from = context.range(static_cast<std::uint32_t>(slots[0].low), 1,
                                        place.layout.size, place.layout.align);
  if (from == nullptr) return false;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!lifter.lift(place.types[i], FromMemory{from + place.offsets[i]}, values[i])) return false;
  return true;
}

// `handles` has those of the values.
void lower(Lowered& out, const Place& place, Encoding encoding, DynamicHandles& handles,
           const std::vector<Value>& values) {
  Fault fault;
  abi::LowerContext context(&out.room, &Room::realloc, encoding, fault);
  Tables tables;
  context.handles = &tables;
  std::vector<std::unique_ptr<HostNumber>> lent;
  Lowerer lowerer(place.world(), context, &handles, &lent);
  out.slots.assign(place.slots(), Slot{});
  Slot* to = out.slots.data();
  std::uint32_t at = 0;
  if (place.in_memory) {
    require(context.allocate(place.layout.align, place.layout.size, at), "there is no room for it");
    out.slots[0].low = at;
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    require(place.in_memory
                ? lowerer.lower(place.types[i], values[i], ToMemory{at + place.offsets[i]})
                : lowerer.lower(place.types[i], values[i], ToSlots{&to}),
            "what was lifted cannot be lowered");
  require(place.in_memory || to == out.slots.data() + out.slots.size(),
          "it wrote another count of core values");
}

// What the call's budget is charged for a value that fits its type.
std::uint64_t size_of(const Contract& contract, TypeId id, const Value& value) {
  const contract::Type& type = contract.types[id];
  const auto part = [&](std::size_t i, const Value& of) {
    return size_of(contract, type.members[i].type, of);
  };
  const auto in_case = [&](std::string_view name, TypeId of, const Payload& payload) {
    return sizeof(Value) + name.size() + (payload ? size_of(contract, of, *payload) : 0);
  };
  std::uint64_t sum = 0;
  switch (type.kind) {
    case Kind::string: return value.get<std::string>()->size();
    case Kind::list:
      if (contract.types[type.members[0].type].kind == Kind::u8)
        return value.get<Value::Bytes>()->size();
      for (const Value& one : value.elements()) sum += sizeof(Value) + part(0, one);
      return sum;
    case Kind::fixed_list:
      for (const Value& one : value.elements()) sum += part(0, one);
      return sum + type.length * sizeof(Value);
    case Kind::map:
      for (const Value::Entry& entry : value.get<Value::Map>()->entries)
        sum += sizeof entry + part(0, entry.key) + part(1, entry.value);
      return sum;
    case Kind::record:
      for (std::size_t i = 0; i < type.members.size(); ++i)
        sum += sizeof(Value::Field) + type.members[i].name.size() +
               part(i, *value.find(type.members[i].name));
      return sum;
    case Kind::tuple:
      for (std::size_t i = 0; i < type.members.size(); ++i)
        sum += sizeof(Value) + part(i, value.elements()[i]);
      return sum;
    case Kind::enumeration: return in_case(value.get<Value::Enum>()->name, kNone, {});
    case Kind::variant: {
      const auto& variant = *value.get<Value::Variant>();
      return in_case(variant.name, type.members[place_of(type, variant.name)].type,
                     variant.payload);
    }
    case Kind::option: {
      const Payload& payload = value.get<Value::Option>()->payload;
      return in_case(payload ? "some" : "none", type.members[0].type, payload);
    }
    case Kind::result: {
      const auto& result = *value.get<Value::Result>();
      return in_case(result.is_ok ? "ok" : "error", type.members[result.is_ok ? 0 : 1].type,
                     result.payload);
    }
    case Kind::flags:
      for (const std::string& name : value.get<Value::Flags>()->names)
        sum += sizeof(std::string) + name.size();
      return sum;
    case Kind::own:
    case Kind::borrow: return type.name.size();
    default: return 0;
  }
}

// What came of lifting.
struct Lifted {
  Lifted(const Place& place, const Source& source, std::uint64_t budget)
      : values(place.types.size()) {
    Fault fault;
    abi::LiftContext context(source.memory, source.encoding, budget, fault);
    Tables tables;
    context.handles = &tables;
    {
      // Nothing is allocated before it was charged. What is not charged is small: how flags grow,
      // and of each handle of the guest's, of which an engine has only so many, a place.
      const testing::HeapLimit heap(8 * budget + 1024);
      accepted = lift_all(place, context, handles, source.slots, values);
    }
    over_budget = !accepted && fault.code == FaultCode::over_budget;
    if (!accepted) {
      if (fault.code != FaultCode::handle_failed) check_refusal(fault, budget);
      return;
    }
    require(fault.code == FaultCode::none, "there is a fault in what was accepted");
    for (std::size_t i = 0; i < values.size(); ++i) {
      require(check(place.contract(), place.types[i], values[i]).has_value(),
              "a value was accepted that does not fit");
      size += size_of(place.contract(), place.types[i], values[i]);
    }
    require(size <= budget, "more than the budget was handed over");
  }

  DynamicHandles handles;
  std::vector<Value> values;
  bool accepted = false;
  bool over_budget = false;
  std::uint64_t size = 0;
};

std::vector<std::uint8_t> sample_input(const Input& input, std::uint64_t seed) {
  const Subject subject(input.types);
  const Place place(subject, input.way, false);
  testing::RandomValues random(seed);
  std::vector<Value> values;
  for (const TypeId type : place.types) values.push_back(random.value(place.contract(), type));
  Lowered lowered;
  DynamicHandles none;
  lower(lowered, place, input.encoding, none, values);
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

}  // namespace

bool lift_one(std::span<const std::uint8_t> bytes) {
  const Input input = read_input(bytes);
  const Subject subject(input.types);
  const Place place(subject, input.way, input.of_guest);
  std::span<const std::uint8_t> rest = input.rest;
  const std::vector<Slot> slots = take_slots(rest, place.slots());
  const Bytes memory(rest);
  const Source source{memory.memory(), input.encoding, slots};
  Lifted first(place, source, input.budget);
  if (!first.accepted) return false;

  // Just enough is enough, and less is not; lowered and lifted again it is the same.
  const Lifted enough(place, source, first.size);
  require(enough.accepted && enough.values == first.values, "its own size is not enough for it");
  if (first.size > 0)
    require(Lifted(place, source, first.size - 1).over_budget,
            "less than its own size is enough for it");
  Lowered lowered;
  lower(lowered, place, input.other, first.handles, first.values);
  const Lifted again(place, lowered.source(input.other), first.size);
  require(again.accepted && again.values == first.values, "it comes back as another value");
  return true;
}

bool has_every_kind() { return types_have_every_kind(); }

std::size_t kinds_of_samples() { return kTypes * kWays * kEncodings; }

std::vector<std::uint8_t> sample(std::size_t kind, std::uint64_t seed) {
  Input input;
  input.encoding = static_cast<Encoding>(kind % kEncodings);
  input.way = static_cast<Way>(kind / kEncodings % kWays);
  input.types = kind / kEncodings / kWays % kTypes;
  input.other = static_cast<Encoding>((kind + seed) % kEncodings);
  return sample_input(input, seed);
}

}  // namespace mortise::fuzz

// libFuzzer: one input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)mortise::fuzz::lift_one({data, size});
  return 0;
}
