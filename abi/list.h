// list<T> <-> std::vector<T> (owned); as a parameter and viewed in place: std::span<const T> for
// integers and floats (as a parameter also ListArg<T>: argument.h), ListView<T> for the rest.
// Canonical ABI: store_list, load_list.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ranges>
#include <span>
#include <vector>

#include <mortise/abi/allocate.h>
#include <mortise/abi/bool.h>
#include <mortise/abi/codec.h>
#include <mortise/abi/number.h>

namespace mortise {

// A list that somebody else holds, read one element at a time: either the host's own elements,
// which may be of any type that converts to T (std::string to std::string_view), or elements in
// guest memory, decoded as they are asked for. Cheap to copy.
//
// Lifetime: as a parameter, that of the range it was made from. As part of a viewed result, the
// reader's: it dies when the reader returns. All of it was checked before the reader saw it.
// Of a guest whose strings are not UTF-8, each access to a string decodes it anew, into memory
// that the call keeps until it ends; a text for which the host has no memory ends the call.
template <class T>
class ListView {
 public:
  using value_type = T;

  ListView() = default;

  template <std::ranges::contiguous_range R>
    requires(!std::same_as<std::remove_cvref_t<R>, ListView> && std::ranges::sized_range<R> &&
             std::convertible_to<std::ranges::range_reference_t<const R>, T>)
  ListView(const R& range)  // NOLINT(google-explicit-constructor): a borrowed form, like span
      : base_(static_cast<const void*>(std::ranges::data(range))),
        size_(std::ranges::size(range)),
        get_([](const void* base, std::size_t i, abi::LiftContext*) -> T {
          using Element = std::ranges::range_value_t<R>;
          return static_cast<const Element*>(base)[i];
        }) {}
  // Its elements lie nowhere as bools.
  ListView(const std::vector<bool>& list)  // NOLINT(google-explicit-constructor)
    requires std::same_as<T, bool>
      : base_(&list),
        size_(list.size()),
        get_([](const void* base, std::size_t i, abi::LiftContext*) -> bool {
          return (*static_cast<const std::vector<bool>*>(base))[i];
        }) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // `i` must be less than size().
  T operator[](std::size_t i) const {
    // In guest memory, where there is nothing to check, not even a call is needed.
    if constexpr (abi::Plain<T>) {
      if (context_ != nullptr) {
        T value{};
        const auto* from = static_cast<const std::byte*>(base_) + i * abi::Codec<T>::layout.size;
        (void)abi::Codec<T>::load(*context_, from, value);
        return value;
      }
    }
    return get_(base_, i, context_);
  }

  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const ListView& list, std::size_t i) : list_(&list), i_(i) {}
    T operator*() const { return (*list_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    Iterator operator++(int) { return {*list_, i_++}; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.i_ == b.i_; }

   private:
    const ListView* list_ = nullptr;
    std::size_t i_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, size_}; }

 private:
  friend struct abi::Codec<ListView<T>>;
  using Get = T (*)(const void* base, std::size_t i, abi::LiftContext* context);

  ListView(const std::byte* base, std::size_t size, Get get, abi::LiftContext& context)
      : base_(base), size_(size), get_(get), context_(&context) {}

  const void* base_ = nullptr;
  std::size_t size_ = 0;
  Get get_ = nullptr;
  abi::LiftContext* context_ = nullptr;
};

}  // namespace mortise

namespace mortise::abi {

namespace detail {

struct GuestList {
  std::uint32_t at;
  std::uint32_t length;
};

inline GuestList take_list(const Slot*& slots) {
  const auto at = static_cast<std::uint32_t>((slots++)->low);
  const auto length = static_cast<std::uint32_t>((slots++)->low);
  return {.at = at, .length = length};
}

// What a list of T is in WIT. Of pairs it is a map: map.h.
template <class T>
struct ListType {
  using Parts = TypeList<T>;

  static constexpr std::array<Member, 1> members{{{.name = {}, .type = &Codec<T>::type}}};
  static constexpr Type type{.kind = Kind::list, .name = {}, .members = members};
};

// What all forms of list<T> share. `Range` has size() and elements of T.
template <class T>
struct ListCodec : ListType<T> {
  static constexpr Layout layout{.size = 8, .align = 4, .flat = 2};

  template <class Range>
  static bool store(LowerContext& context, std::uint32_t at, const Range& list) {
    GuestList out;
    if (!place(context, list, out)) [[unlikely]]
      return false;
    context.write(at, out);
    return true;
  }
  template <class Range>
  static bool lower(LowerContext& context, Slot*& slots, const Range& list) {
    GuestList out;
    if (!place(context, list, out)) [[unlikely]]
      return false;
    (slots++)->low = out.at;
    (slots++)->low = out.length;
    return true;
  }

 protected:
  // A block for `count` elements.
  static bool room(LowerContext& context, std::size_t count, GuestList& out) {
    constexpr Layout element = Codec<T>::layout;
    // A count that does not fit in 32 bits makes a size that `allocate` refuses.
    const std::uint64_t most = kMaxBytes / element.size + 1;
    const std::uint64_t size = (count < most ? count : most) * element.size;
    out.length = static_cast<std::uint32_t>(count);
    return context.allocate(element.align, size, out.at);
  }
  static const std::byte* range(LiftContext& context, GuestList in) {
    return context.range(in.at, in.length, Codec<T>::layout.size, Codec<T>::layout.align);
  }

 private:
  template <class Range>
  static bool place(LowerContext& context, const Range& list, GuestList& out) {
    constexpr Layout element = Codec<T>::layout;
    const std::size_t count = list.size();
    if (!room(context, count, out)) [[unlikely]]
      return false;
    if constexpr (Number<T>) {
      if (count != 0) std::memcpy(context.bytes(out.at), list.data(), count * element.size);
    } else {
      std::uint32_t at = out.at;
      std::size_t i = 0;
      for (const auto& value : list) {
        if (!Codec<T>::store(context, at, value)) [[unlikely]]
          return context.fault.in(i);
        at += element.size;
        ++i;
      }
    }
    return true;
  }
};

}  // namespace detail

// Owned. An element of a vector<bool> is no bool, but reads and writes as one.
template <class T>
struct Codec<std::vector<T>> : detail::ListCodec<T> {
  static bool load(LiftContext& context, const std::byte* from, std::vector<T>& list) {
    return own(context, read<detail::GuestList>(from), list);
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::vector<T>& list) {
    return own(context, detail::take_list(slots), list);
  }

 private:
  static bool own(LiftContext& context, detail::GuestList in, std::vector<T>& list) {
    const std::byte* from = detail::ListCodec<T>::range(context, in);
    const std::uint64_t bytes = std::uint64_t{in.length} * sizeof(T);
    if (from == nullptr || !context.charge(bytes)) [[unlikely]]
      return false;
    if constexpr (Number<T>) {
      // Aligned as T, checked by `range`; the memory is the guest's, and holds plain bytes.
      const auto* first = reinterpret_cast<const T*>(from);
      return allocate(context.fault, bytes, [&] { list.assign(first, first + in.length); });
    } else {
      if (!allocate(context.fault, bytes, [&] { list.resize(in.length); })) [[unlikely]]
        return false;
      for (std::uint32_t i = 0; i < in.length; ++i) {
        if (!load_element(context, from, list, i)) [[unlikely]]
          return context.fault.in(i);
        from += Codec<T>::layout.size;
      }
      return true;
    }
  }
  static bool load_element(LiftContext& context, const std::byte* from, std::vector<T>& list,
                           std::size_t i) {
    if constexpr (std::same_as<T, bool>) {
      bool value = false;
      if (!Codec<bool>::load(context, from, value)) return false;
      list[i] = value;
      return true;
    } else {
      return Codec<T>::load(context, from, list[i]);
    }
  }
};

// Borrowed, and viewed: plain numbers.
template <Number T>
struct Codec<std::span<const T>> : detail::ListCodec<T> {
  static bool load(LiftContext& context, const std::byte* from, std::span<const T>& list) {
    return view(context, read<detail::GuestList>(from), list);
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::span<const T>& list) {
    return view(context, detail::take_list(slots), list);
  }

 private:
  static bool view(LiftContext& context, detail::GuestList in, std::span<const T>& list) {
    const std::byte* from = detail::ListCodec<T>::range(context, in);
    if (from == nullptr) [[unlikely]]
      return false;
    // Nothing is copied, and it is charged all the same: lists that share memory can hand over more
    // than any memory holds, and who sees them may copy them. Aligned as T, checked by `range`.
    if (context.pass != Pass::read && !context.charge(std::uint64_t{in.length} * sizeof(T)))
      return false;
    list = {reinterpret_cast<const T*>(from), in.length};
    return true;
  }
};

// Borrowed, and viewed: everything else.
template <class T>
struct Codec<ListView<T>> : detail::ListCodec<T> {
  static_assert(!Number<T>, "a list of numbers is borrowed and viewed as std::span<const T>");

  static bool load(LiftContext& context, const std::byte* from, ListView<T>& list) {
    return view(context, read<detail::GuestList>(from), list);
  }
  static bool lift(LiftContext& context, const Slot*& slots, ListView<T>& list) {
    return view(context, detail::take_list(slots), list);
  }

 private:
  static T element(const void* base, std::size_t i, LiftContext* context) {
    T value{};
    // Checked before; what can still fail is the host's memory for a text that is decoded, and
    // that is left in the context for the end of the call.
    const auto* from = static_cast<const std::byte*>(base) + i * Codec<T>::layout.size;
    const Pass outer = context->pass;
    context->pass = Pass::read;
    (void)Codec<T>::load(*context, from, value);
    context->pass = outer;
    return value;
  }

  static bool view(LiftContext& context, detail::GuestList in, ListView<T>& list) {
    const std::byte* from = detail::ListCodec<T>::range(context, in);
    if (from == nullptr) [[unlikely]]
      return false;
    if (context.pass != Pass::read && !check(context, from, in.length)) [[unlikely]]
      return false;
    list = ListView<T>(from, in.length, &element, context);
    return true;
  }

  static bool check(LiftContext& context, const std::byte* from, std::uint32_t length) {
    // The walk costs time, not memory: it is charged all the same, because lists that share
    // memory can be longer than any memory.
    if (!context.charge(std::uint64_t{length} * Codec<T>::layout.size)) return false;
    if constexpr (Plain<T>) return true;
    const Pass outer = context.pass;
    context.pass = Pass::check;
    for (std::uint32_t i = 0; i < length; ++i) {
      T value{};
      if (!Codec<T>::load(context, from, value)) [[unlikely]]
        return context.fault.in(i);
      from += Codec<T>::layout.size;
    }
    context.pass = outer;
    return true;
  }
};

template <class T>
struct Viewed<std::vector<T>> {
  using type = ListView<View<T>>;
};
template <Number T>
struct Viewed<std::vector<T>> {
  using type = std::span<const T>;
};

}  // namespace mortise::abi
