// Owned values as text, in the form that oracle.rs reads and writes: that of WAVE, where each value
// has one text. Two values are the same if their texts are; a NaN is a NaN.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/mortise.h>

#include "tests/round_trip/members.h"

namespace mortise::testing {

class Text {
 public:
  template <class T>
  static std::string of(const T& value) {
    Text text;
    text.write(value);
    return std::move(text.out_);
  }

 private:
  // Between two parts of a whole.
  void separate(std::size_t i) {
    if (i > 0) out_ += ", ";
  }

  void write(bool value) { out_ += value ? "true" : "false"; }

  template <std::integral T>
  void write(T value) {
    out_ += std::to_string(value);
  }

  // 1.5e-7: the fewest digits that mean this value.
  template <std::floating_point T>
  void write(T value) {
    if (std::isnan(value)) {
      out_ += "nan";
    } else if (std::isinf(value)) {
      out_ += value < 0 ? "-inf" : "inf";
    } else {
      std::array<char, 64> digits{};
      const auto end =
          std::to_chars(digits.begin(), digits.end(), value, std::chars_format::scientific).ptr;
      const std::string_view all(digits.begin(), end);
      const std::size_t e = all.find('e');
      out_ += all.substr(0, e + 1);
      // It writes e-07 and e+07.
      std::string_view exponent = all.substr(e + 1);
      if (exponent.front() == '-') out_ += '-';
      exponent.remove_prefix(1);
      while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
      out_ += exponent;
    }
  }

  void write(char32_t value) {
    out_ += '\'';
    character(value);
    out_ += '\'';
  }

  void write(const std::string& value) {
    out_ += '"';
    for (std::size_t i = 0; i < value.size();) character(next(value, i));
    out_ += '"';
  }

  void character(char32_t c) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\') {
      out_ += static_cast<char>(c);
      return;
    }
    std::array<char, 8> digits{};
    const auto end =
        std::to_chars(digits.begin(), digits.end(), static_cast<std::uint32_t>(c), 16).ptr;
    out_.append("\\u{").append(digits.begin(), end) += '}';
  }

  // The character at `i`, which moves past it. The library has checked the text.
  static char32_t next(const std::string& text, std::size_t& i) {
    const auto byte = [&] { return static_cast<unsigned char>(text.at(i++)); };
    const char32_t first = byte();
    if (first < 0x80) return first;
    const int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    char32_t c = first & (0x3fU >> more);
    for (int n = 0; n < more; ++n) c = (c << 6) | (byte() & 0x3fU);
    return c;
  }

  template <class T>
  void write(const std::vector<T>& list) {
    elements(list);
  }
  template <class T, std::size_t N>
  void write(const std::array<T, N>& list) {
    elements(list);
  }
  template <class List>
  void elements(const List& list) {
    out_ += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      separate(i);
      write(static_cast<const typename List::value_type&>(list[i]));
    }
    out_ += ']';
  }

  template <class K, class V>
  void write(const std::pair<K, V>& entry) {
    out_ += '(';
    write(entry.first);
    separate(1);
    write(entry.second);
    out_ += ')';
  }

  template <class... Ts>
  void write(const std::tuple<Ts...>& tuple) {
    out_ += '(';
    for_each_index<sizeof...(Ts)>([&]<std::size_t I>() {
      separate(I);
      write(std::get<I>(tuple));
    });
    out_ += ')';
  }

  template <class T>
  void write(const std::optional<T>& option) {
    if (option) {
      with_payload("some", *option);
    } else {
      out_ += "none";
    }
  }

  template <class T, class E>
  void write(const std::expected<T, E>& result) {
    if (!result) {
      if constexpr (std::same_as<E, std::monostate>) {
        out_ += "err";
      } else {
        with_payload("err", result.error());
      }
    } else if constexpr (std::is_void_v<T>) {
      out_ += "ok";
    } else {
      with_payload("ok", *result);
    }
  }

  template <class T>
  void with_payload(std::string_view name, const T& payload) {
    out_ += name;
    out_ += '(';
    write(payload);
    out_ += ')';
  }

  template <Record T>
  void write(const T& record) {
    out_ += '{';
    for_each_index<std::tuple_size_v<FieldsOf<T>>>([&]<std::size_t I>() {
      using Field = std::tuple_element_t<I, FieldsOf<T>>;
      separate(I);
      out_ += Field::name;
      out_ += ": ";
      write(record.*Field::pointer);
    });
    out_ += '}';
  }

  template <Variant T>
  void write(const T& variant) {
    const AlternativesOf<T>& alternatives = variant;
    for_index<std::variant_size_v<AlternativesOf<T>>>(alternatives.index(), [&]<std::size_t I>() {
      using Case = std::tuple_element_t<I, CasesOf<T>>;
      if constexpr (Case::has_payload) {
        with_payload(Case::name, std::get<I>(alternatives).value);
      } else {
        out_ += Case::name;
      }
    });
  }

  template <Enumeration T>
  void write(T value) {
    out_ += name_of(value);
  }

  template <FlagSet T>
  void write(T flags) {
    const auto& members = abi::Codec<T>::members;
    std::size_t written = 0;
    out_ += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (((static_cast<std::uint64_t>(flags.bits()) >> i) & 1) == 0) continue;
      separate(written++);
      out_ += members[i].name;
    }
    out_ += '}';
  }

  std::string out_;
};

}  // namespace mortise::testing
