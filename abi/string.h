// string <-> std::string (owned), std::string_view (borrowed; viewed in place). As a parameter
// also StringArg: argument.h.
// Canonical ABI: store_string, load_string. The guest chooses the encoding; the host's side is
// UTF-8, checked in both directions, in the same pass as the copy where there is one.
//
// A view of a string in a guest of another encoding is a view of a copy that the call owns.
#pragma once

#include <string>
#include <string_view>

#include <mortise/abi/allocate.h>
#include <mortise/abi/codec.h>
#include <mortise/abi/utf16.h>
#include <mortise/abi/utf8.h>

namespace mortise::abi {

namespace detail {

// A string in guest memory: the two core values that stand for it.
struct GuestString {
  std::uint32_t at;
  std::uint32_t length;  // in code units; tagged in latin1+utf16
};

inline bool host_bad_utf8(Fault& fault, std::size_t at) {
  fault.code = FaultCode::host_bad_utf8;
  fault.size = at;
  return false;
}

// The rare encodings: the size is counted first, so that one realloc is enough.
[[gnu::cold]] inline bool lower_other_string(LowerContext& context, std::string_view text,
                                             GuestString& out) {
  const std::size_t valid = check_utf8(text.data(), text.size());
  if (valid != text.size()) return host_bad_utf8(context.fault, valid);
  const Utf16Measure measure = measure_utf16(text);
  const bool latin1 = context.encoding == Encoding::latin1_utf16 && measure.latin1;
  const std::uint64_t size = latin1 ? measure.units : 2 * measure.units;
  if (!context.allocate(2, size, out.at)) return false;
  out.length = static_cast<std::uint32_t>(measure.units);
  if (latin1) {
    write_latin1(context.bytes(out.at), text);
  } else {
    write_utf16(context.bytes(out.at), text);
    if (context.encoding == Encoding::latin1_utf16) out.length |= kUtf16Tag;
  }
  return true;
}

inline bool lower_string(LowerContext& context, std::string_view text, GuestString& out) {
  if (context.encoding != Encoding::utf8) [[unlikely]]
    return lower_other_string(context, text, out);
  if (!context.allocate(1, text.size(), out.at)) [[unlikely]]
    return false;
  out.length = static_cast<std::uint32_t>(text.size());
  const std::size_t valid = copy_utf8(context.bytes(out.at), text.data(), text.size());
  if (valid != text.size()) [[unlikely]]
    return host_bad_utf8(context.fault, valid);
  return true;
}

inline bool bad_utf8(LiftContext& context, std::uint32_t at, std::size_t index) {
  context.fault.code = FaultCode::bad_utf8;
  context.fault.at = at + index;
  context.fault.size = index;
  return false;
}

// UTF-16 or Latin-1 in guest memory, as UTF-8 in `out`; null: only checked.
[[gnu::cold]] inline bool lift_other_string(LiftContext& context, GuestString in,
                                            std::string* out) {
  const bool wide = context.encoding == Encoding::utf16 || (in.length & kUtf16Tag) != 0;
  const std::uint32_t units =
      context.encoding == Encoding::latin1_utf16 ? in.length & ~kUtf16Tag : in.length;
  const std::byte* from = context.range(in.at, units, wide ? 2 : 1, 2);
  if (from == nullptr) return false;
  // Once over the text to count and check, once to write.
  const auto each = [&](auto&& take) -> std::size_t {
    if (wide) return decode_utf16(from, units, take);
    for (std::size_t i = 0; i < units; ++i) take(static_cast<char32_t>(from[i]));
    return units;
  };
  std::size_t size = 0;
  const std::size_t valid = each([&size](char32_t c) { size += utf8_size(c); });
  if (valid != units) {
    context.fault.code = FaultCode::bad_utf16;
    context.fault.at = in.at + 2 * valid;
    context.fault.size = valid;
    return false;
  }
  if (context.pass != Pass::read && !context.charge(size)) return false;
  if (out == nullptr) return true;
  if (!allocate(context.fault, size, [&] { out->resize(size); })) return false;
  char* to = out->data();
  each([&to](char32_t c) { encode_utf8(c, to); });
  return true;
}

inline bool lift_string(LiftContext& context, GuestString in, std::string& out) {
  if (context.encoding != Encoding::utf8) [[unlikely]]
    return lift_other_string(context, in, &out);
  const std::byte* from = context.range(in.at, in.length, 1, 1);
  if (from == nullptr || !context.charge(in.length)) [[unlikely]]
    return false;
  std::size_t valid = 0;
  const bool done = allocate(context.fault, in.length, [&] {
    // libstdc++ 12 passes the capacity as the size here, so that is not looked at.
    out.resize_and_overwrite(in.length, [&](char* to, std::size_t) {
      valid = copy_utf8(to, from, in.length);
      return in.length;
    });
  });
  if (!done) [[unlikely]]
    return false;
  if (valid != in.length) [[unlikely]]
    return bad_utf8(context, in.at, valid);
  return true;
}

inline bool view_string(LiftContext& context, GuestString in, std::string_view& out) {
  if (context.encoding != Encoding::utf8) [[unlikely]] {
    if (context.pass == Pass::check) return lift_other_string(context, in, nullptr);
    if (!allocate(context.fault, sizeof(std::string), [&] { context.arena.emplace_front(); }))
      return false;
    std::string& text = context.arena.front();
    if (!lift_other_string(context, in, &text)) return false;
    out = text;
    return true;
  }
  const std::byte* from = context.range(in.at, in.length, 1, 1);
  if (from == nullptr) [[unlikely]]
    return false;
  if (context.pass != Pass::read) {
    if (!context.charge(in.length)) [[unlikely]]
      return false;
    const std::size_t valid = check_utf8(from, in.length);
    if (valid != in.length) [[unlikely]]
      return bad_utf8(context, in.at, valid);
  }
  out = {reinterpret_cast<const char*>(from), in.length};  // bytes seen as text
  return true;
}

// What all forms of string share: all but the reading.
template <class Text>
struct StringCodec {
  static constexpr Layout layout{.size = 8, .align = 4, .flat = 2};
  static constexpr Type type{.kind = Kind::string, .name = {}, .members = {}};

  static bool store(LowerContext& context, std::uint32_t at, const Text& text) {
    GuestString string;
    if (!lower_string(context, text, string)) [[unlikely]]
      return false;
    context.write(at, string);
    return true;
  }
  static bool lower(LowerContext& context, Slot*& slots, const Text& text) {
    GuestString string;
    if (!lower_string(context, text, string)) [[unlikely]]
      return false;
    (slots++)->low = string.at;
    (slots++)->low = string.length;
    return true;
  }
  static GuestString take(const Slot*& slots) {
    const auto at = static_cast<std::uint32_t>((slots++)->low);
    const auto length = static_cast<std::uint32_t>((slots++)->low);
    return {.at = at, .length = length};
  }
};

}  // namespace detail

template <>
struct Codec<std::string> : detail::StringCodec<std::string_view> {
  static bool load(LiftContext& context, const std::byte* from, std::string& text) {
    return detail::lift_string(context, read<detail::GuestString>(from), text);
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::string& text) {
    return detail::lift_string(context, take(slots), text);
  }
};

template <>
struct Codec<std::string_view> : detail::StringCodec<std::string_view> {
  static bool load(LiftContext& context, const std::byte* from, std::string_view& text) {
    return detail::view_string(context, read<detail::GuestString>(from), text);
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::string_view& text) {
    return detail::view_string(context, take(slots), text);
  }
};

template <>
struct Viewed<std::string> {
  using type = std::string_view;
};

}  // namespace mortise::abi
