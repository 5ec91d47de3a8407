#include <mortise/runtime/detail/native_code.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <mortise/contract/detail/decode.h>
#include <mortise/contract/text.h>

namespace mortise::detail {

namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kHeader = 8 + 2 * 4 + 4 * 8;
constexpr std::size_t kSumAt = kHeader - 8;

std::uint64_t sum(std::span<const std::uint8_t> file) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::span<const std::uint8_t> part) {
    for (const std::uint8_t byte : part) hash = (hash ^ byte) * 0x100000001b3;
  };
  add(file.first(kSumAt));
  add(file.subspan(kHeader));
  return hash;
}

template <class T>
T number(std::span<const std::uint8_t> file, std::size_t at) {
  T value = 0;
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}
template <class T>
void put(ByteVector& file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

// What a plugin has to be loaded with to be in this mode.
std::string_view limits_text(std::uint32_t mode) {
  if (mode == MORTISE_ENGINE_METERED) return "fuel";
  return mode == MORTISE_ENGINE_LIMITED ? "a deadline and no fuel" : "neither deadline nor fuel";
}

}  // namespace

bool is_native(std::span<const std::uint8_t> head) {
  return head.size() >= kNativeMagic.size() &&
         std::memcmp(head.data(), kNativeMagic.data(), kNativeMagic.size()) == 0;
}

ByteVector write_native(const Compiled& compiled, mortise_engine_mode_t mode) {
  ByteVector file(kHeader);
  file.reserve(kHeader + compiled.form.size() + compiled.code.size());
  std::ranges::copy(kNativeMagic, file.begin());
  put(file, 8, kFormat);
  put(file, 12, static_cast<std::uint32_t>(mode));
  put(file, 16, compiled.footprint);
  put(file, 24, std::uint64_t{compiled.form.size()});
  put(file, 32, std::uint64_t{compiled.code.size()});
  file.insert(file.end(), compiled.form.begin(), compiled.form.end());
  file.insert(file.end(), compiled.code.begin(), compiled.code.end());
  put(file, kSumAt, sum(file));
  return file;
}

Result<Compiled> read_native(std::span<const std::uint8_t> file, mortise_engine_mode_t mode,
                             std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return std::unexpected(Error(Error::Kind::bad_component, concat(name, " ", why)));
  };
  if (!is_native(file)) return refuse("is no native code that compile_ahead wrote");
  if (file.size() < kHeader) return refuse("is cut short: compile it again");
  if (number<std::uint32_t>(file, 8) != kFormat)
    return refuse("was compiled by another version of Mortise: compile it again");
  const std::uint64_t body = file.size() - kHeader;
  const auto contract = number<std::uint64_t>(file, 24);
  const auto code = number<std::uint64_t>(file, 32);
  if (contract > body || code != body - contract)
    return refuse("is cut short, or has something behind its end: compile it again");
  if (number<std::uint64_t>(file, kSumAt) != sum(file))
    return refuse("is damaged: compile it again");
  const auto made_for = number<std::uint32_t>(file, 12);
  if (made_for != static_cast<std::uint32_t>(mode))
    return refuse(concat("was compiled for plugins with ", limits_text(made_for),
                         ", and is loaded with ", limits_text(mode),
                         ": compile it with the same limits (Limits)"));
  const std::span form = file.subspan(kHeader, contract);
  auto decoded = contract::detail::decode(form);
  if (!decoded) return refuse("was compiled by another version of Mortise: compile it again");
  const std::span native = file.subspan(kHeader + contract);
  return Compiled{.code = ByteVector(native.begin(), native.end()),
                  .contract = *std::move(decoded),
                  .form = ByteVector(form.begin(), form.end()),
                  .footprint = number<std::uint64_t>(file, 16)};
}

}  // namespace mortise::detail
