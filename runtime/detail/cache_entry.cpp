#include <mortise/runtime/detail/cache_entry.h>

#include <algorithm>
#include <cstring>

#include <mortise/runtime/detail/bytes_at.h>

namespace mortise::detail {

namespace {

constexpr std::string_view kMagic = "MORTISEC";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kNameAt = 12;
constexpr std::size_t kKeyAt = 16;
constexpr std::size_t kSealAt = 48;
constexpr std::size_t kFootprintAt = 80;
constexpr std::size_t kContractAt = 88;
constexpr std::size_t kCodeAt = 96;

mortise_bytes_t engine_form(std::span<const std::uint8_t> bytes) {
  return {.data = bytes.data(), .size = bytes.size()};
}

Digest seal_of(const EntryHead& head, const EntryParts& parts, const Digest& secret) {
  const auto bytes = head.bytes();
  const std::span all(bytes);
  const std::array<mortise_bytes_t, 5> sealed{
      engine_form(parts.code), engine_form(parts.contract),
      mortise_bytes_t{
          .data = reinterpret_cast<const std::uint8_t*>(parts.name.data()),  // text as its bytes
          .size = parts.name.size()},
      engine_form(all.first(kSealAt)), engine_form(all.subspan(kFootprintAt))};
  Digest seal;
  mortise_digest(secret.data(), sealed.data(), sealed.size(), seal.data());
  return seal;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string CacheKey::text() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<CacheKey> CacheKey::of(std::string_view text) {
  CacheKey key;
  if (text.size() != 2 * key.digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.digest.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key.digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return key;
}

CacheKey make_key(std::span<const std::span<const std::uint8_t>> parts) {
  std::vector<mortise_bytes_t> all;
  all.reserve(parts.size());
  for (const std::span<const std::uint8_t> part : parts) all.push_back(engine_form(part));
  CacheKey key;
  mortise_digest(nullptr, all.data(), all.size(), key.digest.data());
  return key;
}

std::optional<EntryHead> EntryHead::read(std::span<const std::uint8_t> bytes, std::uint64_t size) {
  if (bytes.size() < kSize || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0 ||
      number<std::uint32_t>(bytes, kFormatAt) != kFormat)
    return std::nullopt;
  const EntryHead head{.key = {number<Digest>(bytes, kKeyAt)},
                       .seal = number<Digest>(bytes, kSealAt),
                       .footprint = number<std::uint64_t>(bytes, kFootprintAt),
                       .contract = number<std::uint64_t>(bytes, kContractAt),
                       .code = number<std::uint64_t>(bytes, kCodeAt),
                       .name = number<std::uint32_t>(bytes, kNameAt)};
  // None is larger than the file, so their sum does not wrap around.
  if (std::max({head.contract, head.code, std::uint64_t{head.name}}) > size ||
      head.file_size() != size)
    return std::nullopt;
  return head;
}

std::array<std::uint8_t, EntryHead::kSize> EntryHead::bytes() const {
  std::array<std::uint8_t, kSize> out{};
  std::ranges::copy(kMagic, out.begin());
  put(out, kFormatAt, kFormat);
  put(out, kNameAt, name);
  put(out, kKeyAt, key.digest);
  put(out, kSealAt, seal);
  put(out, kFootprintAt, footprint);
  put(out, kContractAt, contract);
  put(out, kCodeAt, code);
  return out;
}

std::uint64_t EntryHead::file_size() const { return kSize + code + contract + name; }

EntryHead sealed(const CacheKey& key, const EntryParts& parts, const Digest& secret) {
  EntryHead head{.key = key,
                 .footprint = parts.footprint,
                 .contract = parts.contract.size(),
                 .code = parts.code.size(),
                 .name = static_cast<std::uint32_t>(parts.name.size())};
  head.seal = seal_of(head, parts, secret);
  return head;
}

bool is_sealed(const EntryHead& head, const EntryParts& parts, const Digest& secret) {
  const Digest seal = seal_of(head, parts, secret);
  return mortise_digest_equal(seal.data(), head.seal.data());
}

}  // namespace mortise::detail
