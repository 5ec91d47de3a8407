// SHA-256 (FIPS 180-4), as `sha256sum` prints it: what people compare components by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mortise::policy {

class Sha256 {
 public:
  void add(std::span<const std::uint8_t> bytes);
  // 64 digits. The last thing that is done with it.
  std::string finish();

 private:
  static constexpr std::size_t kBlock = 64;

  void mix(std::span<const std::uint8_t, kBlock> block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, kBlock> rest_{};
  std::size_t resting_ = 0;
  std::uint64_t size_ = 0;
};

std::string sha256(std::span<const std::uint8_t> bytes);
std::string sha256(std::string_view text);

}  // namespace mortise::policy
