// A guest made of bytes, in blocks that end where its memory ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include <mortise/abi/context.h>

namespace mortise::fuzz {

// As long as it says and no longer, so that the address sanitizer sees the first byte too many; and
// aligned as linear memory is for all that the ABI aligns.
class Bytes {
 public:
  Bytes() : Bytes(0) {}
  explicit Bytes(std::size_t size) : bytes_(::operator new(size, kAlign)), size_(size) {
    std::memset(bytes_.get(), kFresh, size);
  }
  explicit Bytes(std::span<const std::uint8_t> bytes) : Bytes(bytes.size()) {
    if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  }

  [[nodiscard]] abi::Memory memory() const {
    return {.base = static_cast<std::byte*>(bytes_.get()), .size = size_};
  }

 private:
  static constexpr std::align_val_t kAlign{64};
  static constexpr int kFresh = 0xAA;
  struct Delete {
    void operator()(void* bytes) const { ::operator delete(bytes, kAlign); }
  };
  std::unique_ptr<void, Delete> bytes_;
  std::size_t size_;
};

// Memory that a guest's realloc hands out, one block after the other. It moves whenever it grows.
class Room {
 public:
  static bool realloc(void* self, std::uint32_t align, std::uint32_t size, std::uint32_t& at,
                      abi::Memory& memory) {
    auto& room = *static_cast<Room*>(self);
    room.next_ = (room.next_ + align - 1) & ~std::size_t{align - 1};
    at = static_cast<std::uint32_t>(room.next_);
    room.next_ += size;
    const std::size_t old = room.bytes_.memory().size;
    if (room.next_ > old) {
      Bytes more(std::max(room.next_, 2 * old));
      std::memcpy(more.memory().base, room.bytes_.memory().base, old);
      room.bytes_ = std::move(more);
    }
    memory = room.bytes_.memory();
    return true;
  }

  [[nodiscard]] abi::Memory memory() const { return bytes_.memory(); }
  [[nodiscard]] std::size_t size() const { return next_; }
  friend bool operator==(const Room& a, const Room& b) {
    return a.next_ == b.next_ &&
           std::memcmp(a.memory().base, b.memory().base, std::min(a.next_, b.next_)) == 0;
  }

 private:
  Bytes bytes_{16};
  std::size_t next_ = 0;
};

}  // namespace mortise::fuzz
