// A string parameter that nobody has looked at: where it lies in the guest's memory.
#pragma once

#include <cstddef>
#include <string_view>

#include <mortise/abi/string.h>

namespace mortise::services {

// Within the guest's memory, but perhaps not UTF-8. Good until the function returns.
struct RawText {
  std::string_view bytes;
};

}  // namespace mortise::services

// string <-> RawText. Canonical ABI: load_string, without the check of the text, which costs as
// much as the text is long: for functions that throw most of what they get away unread. Strings of
// guests whose encoding is not UTF-8 are decoded, and checked, all the same.
template <>
struct mortise::abi::Codec<mortise::services::RawText> : detail::StringCodec<std::string_view> {
  using RawText = mortise::services::RawText;

  static bool store(LowerContext& context, std::uint32_t at, const RawText& text) {
    return StringCodec::store(context, at, text.bytes);
  }
  static bool lower(LowerContext& context, Slot*& slots, const RawText& text) {
    return StringCodec::lower(context, slots, text.bytes);
  }
  static bool load(LiftContext& context, const std::byte* from, RawText& text) {
    return find(context, read<detail::GuestString>(from), text);
  }
  static bool lift(LiftContext& context, const Slot*& slots, RawText& text) {
    return find(context, take(slots), text);
  }

 private:
  static bool find(LiftContext& context, detail::GuestString in, RawText& text) {
    if (context.encoding != Encoding::utf8) [[unlikely]]
      return detail::view_string(context, in, text.bytes);
    const std::byte* from = context.range(in.at, in.length, 1, 1);
    if (from == nullptr || !context.charge(in.length)) [[unlikely]]
      return false;
    text.bytes = {reinterpret_cast<const char*>(from), in.length};  // bytes seen as text
    return true;
  }
};
