// string and list<T> as parameters: borrowed, or produced straight into guest memory.
//
//   StringArg    from a string literal, std::string, std::string_view, or produce(..)
//   ListArg<T>   from a std::vector<T>, std::span<const T>, std::array<T, N>, or produce(..);
//                T is an integer or a float
//
// What is produced is written once, by the caller, where the guest will read it: a payload goes
// from a socket into the guest with no copy in between.
//
//   processor.process_data(mortise::produce(size, [&](std::span<char> room) {
//     return read_all(socket, room);
//   }), meta);
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <mortise/abi/codec.h>
#include <mortise/abi/list.h>
#include <mortise/abi/string.h>

namespace mortise {

// A parameter that `fill` writes. Made by `produce`, and used up by one call.
template <class Fill>
struct Produced {
  std::size_t size;
  mutable Fill fill;  // parameters are passed on as const
};

// A parameter of `size` characters or elements, which `fill` writes into the guest's own memory:
//
//   fill(std::span<char> room)   for a string;   fill(std::span<T> room)   for a list<T>
//
// `room` has the size that was announced and must be filled to its end; what lies in it before is
// the guest's and means nothing. It dies when `fill` returns. A string is checked to be UTF-8 after
// that. In a guest whose strings are not UTF-8, `room` is a buffer and converted from there.
//
// `fill` runs once, on the calling thread, after the guest has made room, and must not call the
// same instance (such a call is refused). The time that it takes counts for the call's deadline,
// which is looked at when the guest goes on. It returns nothing, or whether it went well: false
// gives up the call, and an exception comes out of it. Either way the instance has ended, since
// the guest has been asked for room already.
template <class Fill>
[[nodiscard]] Produced<Fill> produce(std::size_t size, Fill fill) {
  return {size, std::move(fill)};
}

namespace abi::detail {

// Elements that the caller has, or a function that writes them. Two words and a pointer.
template <class T>
class Argument {
 public:
  Argument(const T* data, std::size_t size) : from_(data), size_(size) {}
  template <class Fill>
  explicit Argument(const Produced<Fill>& produced)
      : from_(&produced), size_(produced.size), fill_([](const void* from, std::span<T> room) {
          auto& fill = static_cast<const Produced<Fill>*>(from)->fill;
          static_assert(std::is_invocable_v<decltype(fill)&, std::span<T>>,
                        "what fills a parameter takes a std::span of its elements, and nothing "
                        "else: std::span<char> for a string, std::span<T> for a list<T>");
          using Answer = std::invoke_result_t<decltype(fill)&, std::span<T>>;
          static_assert(std::is_void_v<Answer> || std::same_as<Answer, bool>,
                        "what fills a parameter returns nothing, or a bool: whether it went well");
          if constexpr (std::is_void_v<Answer>) {
            fill(room);
            return true;
          } else {
            return fill(room);
          }
        }) {}

  std::size_t size() const { return size_; }
  bool produced() const { return fill_ != nullptr; }
  // Unless produced.
  const T* data() const { return static_cast<const T*>(from_); }
  // If produced: writes all of `room`. False, and a fault: the caller gives up.
  bool fill(Fault& fault, std::span<T> room) const {
    if (fill_(from_, room)) return true;
    fault.code = FaultCode::not_filled;
    return false;
  }

 private:
  const void* from_;  // the elements, or the Produced
  std::size_t size_;
  bool (*fill_)(const void* from, std::span<T> room) = nullptr;
};

}  // namespace abi::detail

// Refers to what it was made from, as std::string_view does: good for the call it is passed to.
class StringArg : public abi::detail::Argument<char> {
 public:
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  StringArg(const Text& text)  // NOLINT(google-explicit-constructor): like std::string_view
      : StringArg(std::string_view(text), 0) {}
  template <class Fill>
  StringArg(const Produced<Fill>& produced)  // NOLINT(google-explicit-constructor)
      : Argument(produced) {}

 private:
  StringArg(std::string_view text, int) : Argument(text.data(), text.size()) {}
};

// Refers to what it was made from, as std::span does: good for the call it is passed to.
template <abi::Number T>
class ListArg : public abi::detail::Argument<T> {
 public:
  template <class Range>
    requires std::convertible_to<const Range&, std::span<const T>>
  ListArg(const Range& range)  // NOLINT(google-explicit-constructor): like std::span
      : ListArg(std::span<const T>(range), 0) {}
  template <class Fill>
  ListArg(const Produced<Fill>& produced)  // NOLINT(google-explicit-constructor)
      : abi::detail::Argument<T>(produced) {}

 private:
  ListArg(std::span<const T> list, int) : abi::detail::Argument<T>(list.data(), list.size()) {}
};

}  // namespace mortise

namespace mortise::abi {

namespace detail {

// The guest's encoding is another: the text is produced on the host first.
[[gnu::cold]] inline bool produce_other_string(LowerContext& context, const StringArg& text,
                                               GuestString& out) {
  const auto hold = [&](std::string& buffer) {
    return text.size() <= kMaxBytes &&
           allocate(context.fault, text.size(), [&] { buffer.resize(text.size()); });
  };
  std::string buffer;
  if (!hold(buffer)) {
    context.fault.code = text.size() > kMaxBytes ? FaultCode::too_long : FaultCode::no_buffer;
    context.fault.size = text.size();
    context.fault.limit = kMaxBytes;
    return false;
  }
  return text.fill(context.fault, buffer) && lower_other_string(context, buffer, out);
}

inline bool produce_string(LowerContext& context, const StringArg& text, GuestString& out) {
  if (context.encoding != Encoding::utf8) [[unlikely]]
    return produce_other_string(context, text, out);
  if (!context.allocate(1, text.size(), out.at)) [[unlikely]]
    return false;
  out.length = static_cast<std::uint32_t>(text.size());
  auto* const room = reinterpret_cast<char*>(context.bytes(out.at));  // bytes as characters
  if (!text.fill(context.fault, {room, text.size()})) [[unlikely]]
    return false;
  const std::size_t valid = check_utf8(room, text.size());
  return valid == text.size() || host_bad_utf8(context.fault, valid);
}

inline bool lower_string(LowerContext& context, const StringArg& text, GuestString& out) {
  if (text.produced()) return produce_string(context, text, out);
  return lower_string(context, std::string_view(text.data(), text.size()), out);
}

}  // namespace detail

template <>
struct Codec<StringArg> : detail::StringCodec<StringArg> {};

template <class T>
struct Codec<ListArg<T>> : detail::ListCodec<T> {
 private:
  using Base = detail::ListCodec<T>;

 public:
  static bool store(LowerContext& context, std::uint32_t at, const ListArg<T>& list) {
    if (!list.produced()) return Base::store(context, at, list);
    detail::GuestList out;
    if (!produce(context, list, out)) [[unlikely]]
      return false;
    context.write(at, out);
    return true;
  }
  static bool lower(LowerContext& context, Slot*& slots, const ListArg<T>& list) {
    if (!list.produced()) return Base::lower(context, slots, list);
    detail::GuestList out;
    if (!produce(context, list, out)) [[unlikely]]
      return false;
    (slots++)->low = out.at;
    (slots++)->low = out.length;
    return true;
  }

 private:
  static bool produce(LowerContext& context, const ListArg<T>& list, detail::GuestList& out) {
    if (!Base::room(context, list.size(), out)) [[unlikely]]
      return false;
    // Aligned as T: `room` asked for that.
    auto* const first = reinterpret_cast<T*>(context.bytes(out.at));
    return list.fill(context.fault, {first, list.size()});
  }
};

}  // namespace mortise::abi
