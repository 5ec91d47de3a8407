// Types and values by chance, for tests that hold of all of them. Same seed, same type and value.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <mortise/abi/utf8.h>
#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::testing {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : state_(seed) {}

  // SplitMix64.
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(bits() % bound); }

  // Adds a type of at most so many levels, and what it is made of. Of all kinds that there are
  // values of.
  contract::TypeId type(contract::Contract& contract, int levels) {
    using contract::Kind;
    // Those up to string are plain; the last is borrow.
    constexpr auto kPlain = static_cast<std::size_t>(Kind::string) + 1;
    constexpr auto kAll = static_cast<std::size_t>(Kind::borrow) + 1;
    contract::Type type{.kind = static_cast<Kind>(below(levels > 1 ? kAll : kPlain)), .name = ""};
    const auto parts = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i)
        type.members.push_back({.name = "", .type = this->type(contract, levels - 1)});
    };
    switch (type.kind) {
      case Kind::fixed_list: type.length = static_cast<std::uint32_t>(below(4)); [[fallthrough]];
      case Kind::list:
      case Kind::option: parts(1); break;
      case Kind::map:
        type.members.push_back({.name = "", .type = this->type(contract, 1)});
        parts(1);
        break;
      case Kind::tuple: parts(1 + below(3)); break;
      case Kind::result:
        parts(2);
        for (contract::Member& member : type.members)
          if (below(3) == 0) member.type = contract::kNone;
        break;
      case Kind::record:
      case Kind::variant:
        type.name = "named";
        parts(1 + below(4));
        name_members(type);
        for (contract::Member& member : type.members)
          if (type.kind == Kind::variant && below(3) == 0) member.type = contract::kNone;
        break;
      case Kind::enumeration:
      case Kind::flags:
        type.name = "named";
        type.members.resize(1 + below(5));
        name_members(type);
        break;
      case Kind::own:
      case Kind::borrow: type.name = below(4) == 0 ? "some" : "cart"; break;
      default: break;
    }
    contract.types.push_back(std::move(type));
    return static_cast<contract::TypeId>(contract.types.size() - 1);
  }

  Value value(const contract::Contract& contract, contract::TypeId id) {
    using contract::Kind;
    const contract::Type& type = contract.types[id];
    const auto part = [&](std::size_t i) { return value(contract, type.members[i].type); };
    switch (type.kind) {
      case Kind::boolean: return below(2) == 1;
      case Kind::s8: return integer<std::int8_t>();
      case Kind::u8: return integer<std::uint8_t>();
      case Kind::s16: return integer<std::int16_t>();
      case Kind::u16: return integer<std::uint16_t>();
      case Kind::s32: return integer<std::int32_t>();
      case Kind::u32: return integer<std::uint32_t>();
      case Kind::s64: return integer<std::int64_t>();
      case Kind::u64: return integer<std::uint64_t>();
      case Kind::f32: return real<float, std::uint32_t>();
      case Kind::f64: return real<double, std::uint64_t>();
      case Kind::character: return character();
      case Kind::string: return text();
      case Kind::list: return Value::list(elements(contract, type, below(4)));
      case Kind::fixed_list: return Value::list(elements(contract, type, type.length));
      case Kind::map: {
        std::vector<Value::Entry> entries(below(4));
        for (Value::Entry& entry : entries) entry = {.key = part(0), .value = part(1)};
        return Value::map(std::move(entries));
      }
      case Kind::record: {
        std::vector<Value::Field> fields;
        for (std::size_t i = 0; i < type.members.size(); ++i)
          fields.push_back({.name = type.members[i].name, .value = part(i)});
        return Value::record(std::move(fields));
      }
      case Kind::tuple: {
        std::vector<Value> all;
        for (std::size_t i = 0; i < type.members.size(); ++i) all.push_back(part(i));
        return Value::tuple(std::move(all));
      }
      case Kind::variant: {
        const std::size_t at = below(type.members.size());
        return Value::variant(type.members[at].name, payload(contract, type, at));
      }
      case Kind::enumeration:
        return Value::enumeration(type.members[below(type.members.size())].name);
      case Kind::flags: {
        std::vector<std::string> names;
        for (const contract::Member& member : type.members)
          if (below(2) == 1) names.push_back(member.name);
        return Value::flags(std::move(names));
      }
      case Kind::option: return below(2) == 1 ? Value::some(part(0)) : Value::none();
      case Kind::result:
        return below(2) == 1 ? Value::ok(payload(contract, type, 0))
                             : Value::error(payload(contract, type, 1));
      default: return Value::handle(type.name, integer<std::uint32_t>());
    }
  }

 private:
  // Different ones, words of the text forms among them.
  void name_members(contract::Type& type) {
    constexpr std::array<const char*, 13> kNames{"name", "true", "false",       "inf", "nan",
                                                 "some", "none", "ok",          "err", "error",
                                                 "x",    "a-b",  "method-GET-2"};
    std::size_t at = below(kNames.size());
    for (contract::Member& member : type.members) member.name = kNames[at++ % kNames.size()];
  }

  // The edges are likely.
  template <class T>
  T integer() {
    const auto any = static_cast<T>(bits() >> below(64));
    switch (below(8)) {
      case 0: return std::numeric_limits<T>::min();
      case 1: return std::numeric_limits<T>::max();
      case 2: return static_cast<T>((std::uint64_t{1} << 53U) - below(2));
      default: return any;
    }
  }
  template <class T, class Bits>
  T real() {
    const auto some = static_cast<Bits>(bits());
    switch (below(8)) {
      case 0: return T(0);
      case 1: return T(-0.0);
      case 2: return std::numeric_limits<T>::quiet_NaN();
      case 3: return std::numeric_limits<T>::infinity();
      case 4: return -std::numeric_limits<T>::infinity();
      case 5: return static_cast<T>(static_cast<std::int32_t>(bits()));
      default: return std::bit_cast<T>(some);
    }
  }
  char32_t character() {
    constexpr std::array<char32_t, 12> kLikely{U'x',  U'"',    U'\'', U'\\',  U'\n',   U'\r',
                                               U'\t', U'\x7F', U' ',  0x202E, 0x1F30A, 0};
    if (below(3) != 0) return kLikely[below(kLikely.size())];
    const auto any = static_cast<char32_t>(below(0x110000));
    return any >= 0xD800 && any <= 0xDFFF ? U'?' : any;
  }
  std::string text() {
    std::string out;
    for (std::size_t i = below(8); i > 0; --i) {
      std::array<char, 4> bytes{};
      char* end = bytes.data();
      abi::encode_utf8(character(), end);
      out.append(bytes.data(), end);
    }
    return out;
  }
  std::vector<Value> elements(const contract::Contract& contract, const contract::Type& type,
                              std::size_t count) {
    std::vector<Value> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(value(contract, type.members[0].type));
    return all;
  }
  Payload payload(const contract::Contract& contract, const contract::Type& type, std::size_t at) {
    const contract::TypeId id = type.members[at].type;
    return id == contract::kNone ? Payload() : Payload(value(contract, id));
  }

  std::uint64_t state_;
};

}  // namespace mortise::testing
