// Takes apart what the engine wrote: numbers, texts and lists of them, little-endian
// (engine/src/contract/mod.rs). It comes from our own engine or compile helper, but every count is
// checked all the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace mortise::contract::detail {

// Takes values off the front; past the end everything is zero and `ok` is false.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return left_.empty(); }

  std::uint8_t byte() { return fixed<std::uint8_t>(); }
  std::uint32_t number() { return fixed<std::uint32_t>(); }
  std::uint64_t long_number() { return fixed<std::uint64_t>(); }

  std::string text() {
    const std::uint32_t size = number();
    if (!take(size)) return {};
    std::string value(reinterpret_cast<const char*>(left_.data()), size);  // bytes as text
    left_ = left_.subspan(size);
    return value;
  }

  // A count of items that take at least `least` bytes each: never more than there can be.
  std::uint32_t count(std::size_t least) {
    const std::uint32_t n = number();
    if (n > left_.size() / least) ok_ = false;
    return ok_ ? n : 0;
  }

  void fail() { ok_ = false; }

 private:
  template <class T>
  T fixed() {
    T value = 0;
    if (!take(sizeof value)) return 0;
    std::memcpy(&value, left_.data(), sizeof value);
    left_ = left_.subspan(sizeof value);
    return value;
  }

  bool take(std::size_t n) {
    if (n > left_.size()) ok_ = false;
    return ok_;
  }

  std::span<const std::uint8_t> left_;
  bool ok_ = true;
};

}  // namespace mortise::contract::detail
