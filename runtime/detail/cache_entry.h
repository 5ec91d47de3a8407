// A file of the code cache:
//
//   magic "MORTISEC"  format:u32  name:u32  key:32 bytes  seal:32 bytes
//   footprint:u64  contract:u64  code:u64
//   code bytes  contract bytes  name bytes
//
// Little-endian. The key says what the code was made of; the seal is BLAKE3 of all else, keyed with
// a secret of the folder: whoever cannot read that can make no file that is taken for one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/engine.h>

namespace mortise::detail {

using Digest = std::array<std::uint8_t, MORTISE_DIGEST_SIZE>;

// What code is compiled from, and for.
struct CacheKey {
  Digest digest{};

  // The name of its file.
  [[nodiscard]] std::string text() const;
  // Nothing, where it is the name of no such file.
  static std::optional<CacheKey> of(std::string_view text);
  auto operator<=>(const CacheKey&) const = default;
};

CacheKey make_key(std::span<const std::span<const std::uint8_t>> parts);

// What of a file comes before the code.
struct EntryHead {
  static constexpr std::size_t kSize = 104;

  CacheKey key{};
  Digest seal{};
  std::uint64_t footprint = 0;
  std::uint64_t contract = 0;  // bytes of
  std::uint64_t code = 0;
  std::uint32_t name = 0;

  // Nothing, where these are not the first bytes of a file of so many bytes.
  static std::optional<EntryHead> read(std::span<const std::uint8_t> bytes, std::uint64_t size);
  [[nodiscard]] std::array<std::uint8_t, kSize> bytes() const;
  [[nodiscard]] std::uint64_t file_size() const;
};

// What is kept under a key.
struct EntryParts {
  std::uint64_t footprint = 0;
  std::span<const std::uint8_t> code;
  std::span<const std::uint8_t> contract;
  std::string_view name;
};

// The head of a file with these parts, sealed.
EntryHead sealed(const CacheKey&, const EntryParts&, const Digest& secret);
// Whether the owner of the secret wrote them.
bool is_sealed(const EntryHead&, const EntryParts&, const Digest& secret);

}  // namespace mortise::detail
