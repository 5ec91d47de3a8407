// Values into guest memory and core values, as abi's codecs do for C++ types. The values were
// checked to fit; what can still fail is what fails for those: the guest's realloc, and handles.
// Canonical ABI: store, lower_flat.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

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

// ---- Where they go ----

// In the guest's memory.
struct ToMemory {
  std::uint32_t at;

  template <class T>
  bool put(abi::LowerContext& context, const T& value) {
    return abi::Codec<T>::store(context, at, value);
  }
  bool handle(abi::LowerContext& context, std::uint32_t index) {
    context.write(at, index);
    return true;
  }
  [[nodiscard]] ToMemory part(std::uint32_t offset) const { return {at + offset}; }
  ToMemory in_case(abi::LowerContext& context, const DynamicType& type, std::size_t which,
                   std::size_t cases) {
    switch (abi::discriminant_size(cases)) {
      case 1: context.write(at, static_cast<std::uint8_t>(which)); break;
      case 2: context.write(at, static_cast<std::uint16_t>(which)); break;
      default: context.write(at, static_cast<std::uint32_t>(which));
    }
    return part(type.offsets[0]);
  }
  void flags(abi::LowerContext& context, std::uint32_t bits, std::uint32_t size) {
    switch (size) {
      case 1: context.write(at, static_cast<std::uint8_t>(bits)); break;
      case 2: context.write(at, static_cast<std::uint16_t>(bits)); break;
      default: context.write(at, bits);
    }
  }
};

// As core values: whatever is written moves on to the next.
struct ToSlots {
  abi::Slot** slots;
  abi::Slot* own = nullptr;  // of a payload, which shares its slots with others

  abi::Slot*& next() { return slots == nullptr ? own : *slots; }
  template <class T>
  bool put(abi::LowerContext& context, const T& value) {
    return abi::Codec<T>::lower(context, next(), value);
  }
  bool handle(abi::LowerContext&, std::uint32_t index) {
    (next()++)->low = index;
    return true;
  }
  ToSlots part(std::uint32_t) { return {&next()}; }
  ToSlots in_case(abi::LowerContext&, const DynamicType& type, std::size_t which, std::size_t) {
    const abi::FlatCase flat(next(), type.layout, which);
    return {.slots = nullptr, .own = flat.payload};
  }
  void flags(abi::LowerContext&, std::uint32_t bits, std::uint32_t) { (next()++)->low = bits; }
};

class Lowerer {
 public:
  // `lent` keeps what is lent until the call ends; `handles` are the instance's.
  Lowerer(const DynamicWorld& world, abi::LowerContext& context, DynamicHandles* handles,
          std::vector<std::unique_ptr<HostNumber>>* lent)
      : world_(world), context_(context), handles_(handles), lent_(lent) {}

  template <class To>
  bool lower(TypeId id, const Value& value, To to) {
    const contract::Type& type = world_.contract().types[id];
    const DynamicType& how = world_.type(id);
    switch (type.kind) {
      case Kind::boolean: return put<bool>(value, to);
      case Kind::s8: return put<std::int8_t>(value, to);
      case Kind::u8: return put<std::uint8_t>(value, to);
      case Kind::s16: return put<std::int16_t>(value, to);
      case Kind::u16: return put<std::uint16_t>(value, to);
      case Kind::s32: return put<std::int32_t>(value, to);
      case Kind::u32: return put<std::uint32_t>(value, to);
      case Kind::s64: return put<std::int64_t>(value, to);
      case Kind::u64: return put<std::uint64_t>(value, to);
      case Kind::f32: return put<float>(value, to);
      case Kind::f64: return put<double>(value, to);
      case Kind::character: return put<char32_t>(value, to);
      case Kind::string: return put<std::string>(value, to);
      case Kind::list: return list(type, how, value, to);
      case Kind::map: return map(type, how, *value.get<Value::Map>(), to);
      case Kind::fixed_list: return fixed_list(type, how, value, to);
      case Kind::record: return record(type, how, value, to);
      case Kind::tuple: return tuple(type, how, value, to);
      case Kind::variant: {
        const auto& variant = *value.get<Value::Variant>();
        return one_case(type, how, place_of(type, variant.name), variant.payload.get(), to);
      }
      case Kind::enumeration:
        return one_case(type, how, place_of(type, value.get<Value::Enum>()->name), nullptr, to);
      case Kind::option: {
        const Value* payload = value.get<Value::Option>()->payload.get();
        return one_case(type, how, payload == nullptr ? 0 : 1, payload, to);
      }
      case Kind::result: {
        const auto& result = *value.get<Value::Result>();
        return one_case(type, how, result.is_ok ? 0 : 1, result.payload.get(), to);
      }
      case Kind::flags: {
        std::uint32_t bits = 0;
        for (const std::string& name : value.get<Value::Flags>()->names)
          bits |= std::uint32_t{1} << place_of(type, name);
        to.flags(context_, bits, how.layout.size);
        return true;
      }
      case Kind::own:
      case Kind::borrow: return handle(type, how, *value.get<Value::Handle>(), to);
      default: return false;  // DynamicWorld::make has refused them
    }
  }

 private:
  template <class T, class To>
  bool put(const Value& value, To& to) {
    return to.template put<T>(context_, *value.get<T>());
  }

  // Writes the address and the length of a list whose elements lie at `list.at`.
  template <class To>
  bool place(abi::detail::GuestList list, To& to) {
    if constexpr (std::is_same_v<To, ToMemory>) {
      context_.write(to.at, list);
    } else {
      (to.next()++)->low = list.at;
      (to.next()++)->low = list.length;
    }
    return true;
  }
  bool room(abi::Layout element, std::size_t count, abi::detail::GuestList& list) {
    // A count that does not fit in 32 bits makes a size that is refused.
    const std::uint64_t most = abi::kMaxBytes / std::max(element.size, 1U) + 1;
    list.length = static_cast<std::uint32_t>(count);
    return context_.allocate(element.align, std::min<std::uint64_t>(count, most) * element.size,
                             list.at);
  }

  template <class To>
  bool list(const contract::Type& type, const DynamicType& how, const Value& value, To& to) {
    if (const auto* bytes = value.get<Value::Bytes>()) return to.put(context_, *bytes);
    const std::span<const Value> all = value.elements();
    abi::detail::GuestList out{};
    if (!room(how.element, all.size(), out)) return false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      // Within the block: its size was computed from the same numbers.
      const auto at = static_cast<std::uint32_t>(out.at + i * how.element.size);
      if (!lower(type.members[0].type, all[i], ToMemory{at})) return context_.fault.in(i);
    }
    return place(out, to);
  }

  template <class To>
  bool map(const contract::Type& type, const DynamicType& how, const Value::Map& map, To& to) {
    abi::detail::GuestList out{};
    if (!room(how.element, map.entries.size(), out)) return false;
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      const auto at = static_cast<std::uint32_t>(out.at + i * how.element.size);
      const Value::Entry& entry = map.entries[i];
      if (!lower(type.members[0].type, entry.key, ToMemory{at + how.offsets[0]}) ||
          !lower(type.members[1].type, entry.value, ToMemory{at + how.offsets[1]}))
        return context_.fault.in(i);
    }
    return place(out, to);
  }

  template <class To>
  bool fixed_list(const contract::Type& type, const DynamicType& how, const Value& value, To& to) {
    const auto* bytes = value.get<Value::Bytes>();
    for (std::uint32_t i = 0; i < type.length; ++i) {
      To part = to.part(i * how.element.size);
      const bool fine = bytes != nullptr ? part.put(context_, (*bytes)[i])
                                         : lower(type.members[0].type, value.elements()[i], part);
      if (!fine) return context_.fault.in(i);
    }
    return true;
  }

  template <class To>
  bool record(const contract::Type& type, const DynamicType& how, const Value& value, To& to) {
    const auto& fields = value.get<Value::Record>()->fields;
    for (std::size_t i = 0; i < type.members.size(); ++i) {
      const Member& member = type.members[i];
      // Mostly in the order of the type.
      const Value* field = i < fields.size() && fields[i].name == member.name
                               ? &fields[i].value
                               : value.find(member.name);
      const Value none = Value::none();  // a field of option type may be left out
      if (!lower(member.type, field == nullptr ? none : *field, to.part(how.offsets[i])))
        return context_.fault.in(member.name);
    }
    return true;
  }

  template <class To>
  bool tuple(const contract::Type& type, const DynamicType& how, const Value& value, To& to) {
    for (std::size_t i = 0; i < type.members.size(); ++i)
      if (!lower(type.members[i].type, value.elements()[i], to.part(how.offsets[i])))
        return context_.fault.in(i);
    return true;
  }

  template <class To>
  bool one_case(const contract::Type& type, const DynamicType& how, std::size_t which,
                const Value* payload, To& to) {
    To inner = to.in_case(context_, how, which, case_count(type));
    return payload == nullptr || lower(payload_of(type, which), *payload, inner) ||
           context_.fault.in(case_name(type, which));
  }

  template <class To>
  bool handle(const contract::Type& type, const DynamicType& how, const Value::Handle& value,
              To& to) {
    const bool own = type.kind == Kind::own;
    const abi::Resource& resource = how.resource->resource;
    std::uint32_t index = 0;
    if (resource.of_guest) {
      abi::GuestHandle* handle = handles_->find(resource, value.number);
      if (handle == nullptr) {
        context_.fault.code = abi::FaultCode::host_no_object;
        return false;
      }
      if (!context_.handles->lower_guest(context_, resource, *handle, own, index)) return false;
      if (own) handles_->remove(value.number);
      return to.handle(context_, index);
    }
    auto object = std::make_unique<HostNumber>(HostNumber{value.number, how.resource});
    const bool fine = own ? context_.handles->lower_own(context_, resource, object.release(), index)
                          : context_.handles->lower_borrow(context_, resource, object.get(), index);
    if (object) lent_->push_back(std::move(object));
    return fine && to.handle(context_, index);
  }

  const DynamicWorld& world_;
  abi::LowerContext& context_;
  DynamicHandles* handles_;
  std::vector<std::unique_ptr<HostNumber>>* lent_;
};

}  // namespace mortise::detail::dynamic
