// flags <-> a class derived from Flags, with a constant for each flag:
//
//   class Permissions : public mortise::Flags<Permissions, 2> {
//    public:
//     using Flags::Flags;
//     static const Permissions read, write;
//   };
//   inline constexpr Permissions Permissions::read{0x1};
//   inline constexpr Permissions Permissions::write{0x2};
//   template <> struct mortise::abi::Codec<Permissions>
//       : FlagsCodec<Permissions, "permissions", "read", "write"> {};
//
// Canonical ABI: pack_flags_into_int, unpack_flags_from_int.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <mortise/abi/codec.h>
#include <mortise/abi/text.h>

namespace mortise {

// A set of `Count` flags: `Permissions::read | Permissions::write`. All bits are those of flags.
template <class Derived, std::size_t Count>
class Flags {
  static_assert(Count >= 1 && Count <= 32, "a WIT type has between 1 and 32 flags");

 public:
  using Bits = std::conditional_t<Count <= 8, std::uint8_t,
                                  std::conditional_t<Count <= 16, std::uint16_t, std::uint32_t>>;

  constexpr Flags() = default;  // none of them
  // The first flag is the lowest bit. Bits that stand for none are dropped.
  constexpr explicit Flags(Bits bits) : bits_(static_cast<Bits>(bits & kAll)) {}

  [[nodiscard]] constexpr Bits bits() const { return bits_; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  // All flags that `other` has; any, where `other` is empty.
  [[nodiscard]] constexpr bool contains(Derived other) const {
    return (bits_ & other.bits_) == other.bits_;
  }

  friend constexpr bool operator==(Derived a, Derived b) { return a.bits_ == b.bits_; }
  friend constexpr Derived operator|(Derived a, Derived b) { return of(a.bits_ | b.bits_); }
  friend constexpr Derived operator&(Derived a, Derived b) { return of(a.bits_ & b.bits_); }
  friend constexpr Derived operator^(Derived a, Derived b) { return of(a.bits_ ^ b.bits_); }
  // Those of `a` that `b` has not.
  friend constexpr Derived operator-(Derived a, Derived b) { return of(a.bits_ & ~b.bits_); }
  // Those that `a` has not.
  friend constexpr Derived operator~(Derived a) { return of(~a.bits_); }

  friend constexpr Derived& operator|=(Derived& a, Derived b) { return a = a | b; }
  friend constexpr Derived& operator&=(Derived& a, Derived b) { return a = a & b; }
  friend constexpr Derived& operator^=(Derived& a, Derived b) { return a = a ^ b; }
  friend constexpr Derived& operator-=(Derived& a, Derived b) { return a = a - b; }

 private:
  static constexpr std::uint32_t kAll = static_cast<std::uint32_t>((std::uint64_t{1} << Count) - 1);

  template <class Wide>
  static constexpr Derived of(Wide bits) {
    return Derived(static_cast<Bits>(bits));
  }

  Bits bits_ = 0;
};

}  // namespace mortise

namespace mortise::abi {

namespace detail {

// Through these, since a flag may be called `bits` or `count`.
template <class X, std::size_t Count>
constexpr std::integral_constant<std::size_t, Count> flags_in(const Flags<X, Count>&);
template <class X, std::size_t Count>
constexpr auto bits_of(const Flags<X, Count>& flags) {
  return flags.bits();
}

}  // namespace detail

template <class X, FixedString Name, FixedString... Names>
struct FlagsCodec {
  static_assert(sizeof...(Names) == decltype(detail::flags_in(X()))::value,
                "a FlagsCodec has one name for each flag");

 private:
  using Bits = decltype(detail::bits_of(X()));

 public:
  static constexpr std::array<Member, sizeof...(Names)> members{
      {{.name = Names.view(), .type = nullptr}...}};
  static constexpr Layout layout{.size = sizeof(Bits), .align = sizeof(Bits), .flat = 1};
  static constexpr Type type{.kind = Kind::flags, .name = Name.view(), .members = members};
  static constexpr bool plain = true;

  static bool store(LowerContext& context, std::uint32_t at, X flags) {
    context.write(at, detail::bits_of(flags));
    return true;
  }
  static bool lower(LowerContext&, Slot*& slots, X flags) {
    (slots++)->low = detail::bits_of(flags);
    return true;
  }
  // Bits that stand for no flag are not looked at.
  static bool load(LiftContext&, const std::byte* from, X& flags) {
    flags = X(read<Bits>(from));
    return true;
  }
  static bool lift(LiftContext&, const Slot*& slots, X& flags) {
    flags = X(static_cast<Bits>((slots++)->low));
    return true;
  }
};

}  // namespace mortise::abi
