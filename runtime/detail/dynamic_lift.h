// Values out of guest memory and core values, as abi's codecs do for C++ types: all that comes is
// hostile. What the Values take of the host's memory is charged, a list before it is made.
// Canonical ABI: load, lift_flat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/abi/allocate.h>
#include <mortise/abi/bool.h>
#include <mortise/abi/cases.h>
#include <mortise/abi/char.h>
#include <mortise/abi/list.h>
#include <mortise/abi/number.h>
#include <mortise/abi/resource.h>
#include <mortise/abi/string.h>
#include <mortise/contract/value.h>
#include <mortise/runtime/detail/dynamic_call.h>
#include <mortise/runtime/detail/dynamic_types.h>

namespace mortise::detail::dynamic {

// ---- Where they come from ----

// The guest's memory: all of a value lies in it.
struct FromMemory {
  const std::byte* from;

  template <class T>
  bool take(abi::LiftContext& context, T& value) {
    return abi::Codec<T>::load(context, from, value);
  }
  std::uint32_t handle() { return abi::read<std::uint32_t>(from); }
  [[nodiscard]] FromMemory part(std::uint32_t offset) const { return {from + offset}; }
  FromMemory in_case(const DynamicType& type, std::size_t cases, std::uint32_t& which) {
    which = bits(abi::discriminant_size(cases));
    return part(type.offsets[0]);
  }
  [[nodiscard]] std::uint32_t bits(std::uint32_t size) const {
    switch (size) {
      case 1: return abi::read<std::uint8_t>(from);
      case 2: return abi::read<std::uint16_t>(from);
      default: return abi::read<std::uint32_t>(from);
    }
  }
  abi::detail::GuestList list() { return abi::read<abi::detail::GuestList>(from); }
};

// Core values: whatever is read moves on to the next.
struct FromSlots {
  const abi::Slot** slots;
  const abi::Slot* own = nullptr;

  const abi::Slot*& next() { return slots == nullptr ? own : *slots; }
  template <class T>
  bool take(abi::LiftContext& context, T& value) {
    return abi::Codec<T>::lift(context, next(), value);
  }
  std::uint32_t handle() { return static_cast<std::uint32_t>((next()++)->low); }
  FromSlots part(std::uint32_t) { return {&next()}; }
  FromSlots in_case(const DynamicType& type, std::size_t, std::uint32_t& which) {
    const abi::LiftedCase flat(next(), type.layout);
    which = flat.which;
    return {.slots = nullptr, .own = flat.payload};
  }
  std::uint32_t bits(std::uint32_t) { return static_cast<std::uint32_t>((next()++)->low); }
  abi::detail::GuestList list() { return abi::detail::take_list(next()); }
};

class Lifter {
 public:
  Lifter(const DynamicWorld& world, abi::LiftContext& context, DynamicHandles* handles)
      : world_(world), context_(context), handles_(handles) {}

  template <class From>
  bool lift(TypeId id, From from, Value& out) {
    const contract::Type& type = world_.contract().types[id];
    const DynamicType& how = world_.type(id);
    switch (type.kind) {
      case Kind::boolean: return take<bool>(from, out);
      case Kind::s8: return take<std::int8_t>(from, out);
      case Kind::u8: return take<std::uint8_t>(from, out);
      case Kind::s16: return take<std::int16_t>(from, out);
      case Kind::u16: return take<std::uint16_t>(from, out);
      case Kind::s32: return take<std::int32_t>(from, out);
      case Kind::u32: return take<std::uint32_t>(from, out);
      case Kind::s64: return take<std::int64_t>(from, out);
      case Kind::u64: return take<std::uint64_t>(from, out);
      case Kind::f32: return take<float>(from, out);
      case Kind::f64: return take<double>(from, out);
      case Kind::character: return take<char32_t>(from, out);
      case Kind::string: return take<std::string>(from, out);
      case Kind::list: return list(type, how, from, out);
      case Kind::map: return map(type, how, from.list(), out);
      case Kind::fixed_list: return fixed_list(type, how, from, out);
      case Kind::record: return record(type, how, from, out);
      case Kind::tuple: return tuple(type, how, from, out);
      case Kind::variant:
      case Kind::enumeration:
      case Kind::option:
      case Kind::result: return one_case(type, how, from, out);
      case Kind::flags: return flags(type, from.bits(how.layout.size), out);
      case Kind::own:
      case Kind::borrow: return handle(type, how, from.handle(), out);
      default: return false;
    }
  }

 private:
  template <class T, class From>
  bool take(From& from, Value& out) {
    T value{};
    if (!from.take(context_, value)) return false;
    out = Value(std::move(value));
    return true;
  }

  // Room for so many values: counted before it is taken.
  bool room(std::uint64_t count, std::size_t size, std::vector<Value>& all) {
    return context_.charge(count * size) &&
           abi::allocate(context_.fault, count * size, [&] { all.resize(count); });
  }

  template <class From>
  bool list(const contract::Type& type, const DynamicType& how, From& from, Value& out) {
    const TypeId element = type.members[0].type;
    if (world_.contract().types[element].kind == Kind::u8) {
      Value::Bytes bytes;
      if (!from.take(context_, bytes)) return false;
      out = Value::bytes(std::move(bytes));
      return true;
    }
    const abi::detail::GuestList in = from.list();
    const std::byte* at = context_.range(in.at, in.length, how.element.size, how.element.align);
    std::vector<Value> all;
    if (at == nullptr || !room(in.length, sizeof(Value), all)) return false;
    for (std::uint32_t i = 0; i < in.length; ++i) {
      if (!lift(element, FromMemory{at}, all[i])) return context_.fault.in(i);
      at += how.element.size;
    }
    out = Value::list(std::move(all));
    return true;
  }

  bool map(const contract::Type& type, const DynamicType& how, abi::detail::GuestList in,
           Value& out) {
    const std::byte* at = context_.range(in.at, in.length, how.element.size, how.element.align);
    std::vector<Value::Entry> all;
    const std::uint64_t bytes = std::uint64_t{in.length} * sizeof(Value::Entry);
    if (at == nullptr || !context_.charge(bytes) ||
        !abi::allocate(context_.fault, bytes, [&] { all.resize(in.length); }))
      return false;
    for (std::uint32_t i = 0; i < in.length; ++i) {
      if (!lift(type.members[0].type, FromMemory{at + how.offsets[0]}, all[i].key) ||
          !lift(type.members[1].type, FromMemory{at + how.offsets[1]}, all[i].value))
        return context_.fault.in(i);
      at += how.element.size;
    }
    out = Value::map(std::move(all));
    return true;
  }

  template <class From>
  bool fixed_list(const contract::Type& type, const DynamicType& how, From& from, Value& out) {
    const TypeId element = type.members[0].type;
    std::vector<Value> all;
    if (!room(type.length, sizeof(Value), all)) return false;
    for (std::uint32_t i = 0; i < type.length; ++i)
      if (!lift(element, from.part(i * how.element.size), all[i])) return context_.fault.in(i);
    out = Value::list(std::move(all));
    return true;
  }

  template <class From>
  bool record(const contract::Type& type, const DynamicType& how, From& from, Value& out) {
    std::uint64_t bytes = type.members.size() * sizeof(Value::Field);
    for (const Member& member : type.members) bytes += member.name.size();
    if (!context_.charge(bytes)) return false;
    std::vector<Value::Field> fields;
    fields.reserve(type.members.size());
    for (std::size_t i = 0; i < type.members.size(); ++i) {
      const Member& member = type.members[i];
      Value value;
      if (!lift(member.type, from.part(how.offsets[i]), value))
        return context_.fault.in(member.name);
      fields.push_back({.name = member.name, .value = std::move(value)});
    }
    out = Value::record(std::move(fields));
    return true;
  }

  template <class From>
  bool tuple(const contract::Type& type, const DynamicType& how, From& from, Value& out) {
    std::vector<Value> all;
    if (!room(type.members.size(), sizeof(Value), all)) return false;
    for (std::size_t i = 0; i < type.members.size(); ++i)
      if (!lift(type.members[i].type, from.part(how.offsets[i]), all[i]))
        return context_.fault.in(i);
    out = Value::tuple(std::move(all));
    return true;
  }

  template <class From>
  bool one_case(const contract::Type& type, const DynamicType& how, From& from, Value& out) {
    const std::size_t cases = case_count(type);
    std::uint32_t which = 0;
    From inner = from.in_case(how, cases, which);
    if (which >= cases) return abi::bad_case(context_, which, cases);
    const std::string_view name = case_name(type, which);
    if (!context_.charge(sizeof(Value) + name.size())) return false;
    Payload payload;
    if (const TypeId of = payload_of(type, which); of != kNone) {
      Value value;
      if (!lift(of, inner, value)) return context_.fault.in(name);
      payload = Payload(std::move(value));
    }
    switch (type.kind) {
      case Kind::option: out = Value::option(std::move(payload)); break;
      case Kind::result:
        out = which == 0 ? Value::ok(std::move(payload)) : Value::error(std::move(payload));
        break;
      case Kind::enumeration: out = Value::enumeration(std::string(name)); break;
      default: out = Value::variant(std::string(name), std::move(payload));
    }
    return true;
  }

  // Bits that stand for no flag are ignored. Canonical ABI: unpack_flags_from_int.
  bool flags(const contract::Type& type, std::uint32_t bits, Value& out) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < type.members.size(); ++i) {
      if ((bits >> i & 1) == 0) continue;
      const std::string& name = type.members[i].name;
      if (!context_.charge(sizeof(std::string) + name.size())) return false;
      names.push_back(name);
    }
    out = Value::flags(std::move(names));
    return true;
  }

  bool handle(const contract::Type& type, const DynamicType& how, std::uint32_t index, Value& out) {
    const abi::Resource& resource = how.resource->resource;
    std::uint32_t number = 0;
    if (!context_.charge(resource.name.size())) return false;
    if (resource.of_guest) {
      abi::GuestHandle handle;
      if (!context_.handles->lift_guest(context_, resource, index, handle)) return false;
      number = handles_->add(resource, std::move(handle));
    } else {
      void* object = nullptr;
      const bool own = type.kind == Kind::own;
      if (own ? !context_.handles->lift_own(context_, resource, index, object)
              : !context_.handles->lift_borrow(context_, resource, index, object))
        return false;
      auto* one = static_cast<HostNumber*>(object);
      number = one->number;
      // The host has it back: nothing was dropped.
      if (own) delete one;
    }
    out = Value::handle(std::string(resource.name), number);
    return true;
  }

  const DynamicWorld& world_;
  abi::LiftContext& context_;
  DynamicHandles* handles_;
};

}  // namespace mortise::detail::dynamic
