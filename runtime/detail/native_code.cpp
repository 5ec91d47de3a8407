#include <mortise/runtime/detail/native_code.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <mortise/contract/detail/decode.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/bytes_at.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise::detail {

namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kModeAt = 12;
constexpr std::size_t kInputAt = 16;
constexpr std::size_t kFootprintAt = 24;
constexpr std::size_t kContractAt = 32;
constexpr std::size_t kCodeAt = 40;
constexpr std::size_t kComponentAt = 48;
constexpr std::size_t kSumAt = 56;
constexpr std::size_t kHeader = 64;

std::uint64_t sum(std::span<const std::uint8_t> file) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::span<const std::uint8_t> part) {
    for (const std::uint8_t byte : part) hash = (hash ^ byte) * 0x100000001b3;
  };
  add(file.first(kSumAt));
  add(file.subspan(kHeader));
  return hash;
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

ByteVector write_native(const Compiled& compiled, mortise_engine_mode_t mode,
                        std::span<const std::uint8_t> component, mortise_input_t input) {
  ByteVector file(kHeader);
  file.reserve(kHeader + compiled.form.size() + compiled.code.size() + component.size());
  std::ranges::copy(kNativeMagic, file.begin());
  put(file, 8, kFormat);
  put(file, kModeAt, static_cast<std::uint32_t>(mode));
  put(file, kInputAt, static_cast<std::uint32_t>(input));
  put(file, kFootprintAt, compiled.footprint);
  put(file, kContractAt, std::uint64_t{compiled.form.size()});
  put(file, kCodeAt, std::uint64_t{compiled.code.size()});
  put(file, kComponentAt, std::uint64_t{component.size()});
  file.insert(file.end(), compiled.form.begin(), compiled.form.end());
  file.insert(file.end(), compiled.code.begin(), compiled.code.end());
  file.insert(file.end(), component.begin(), component.end());
  put(file, kSumAt, sum(file));
  return file;
}

namespace {

std::unexpected<Error> refuse(std::string_view name, std::string_view why,
                              std::string_view advice = {}) {
  return std::unexpected(advised_error(Error::Kind::bad_component, concat(name, " ", why), advice));
}

struct Parts {
  std::span<const std::uint8_t> contract;
  std::span<const std::uint8_t> code;
  std::span<const std::uint8_t> component;
};

Result<Parts> take_apart(std::span<const std::uint8_t> file, std::string_view name) {
  if (!is_native(file)) return refuse(name, "is no native code that was compiled ahead of time");
  if (file.size() < kHeader) return refuse(name, "is cut short: compile it again");
  if (number<std::uint32_t>(file, 8) != kFormat)
    return refuse(name, "was compiled by another version of Mortise: compile it again");
  const std::uint64_t body = file.size() - kHeader;
  const auto contract = number<std::uint64_t>(file, kContractAt);
  const auto code = number<std::uint64_t>(file, kCodeAt);
  const auto component = number<std::uint64_t>(file, kComponentAt);
  if (contract > body || code > body - contract || component != body - contract - code)
    return refuse(name, "is cut short, or has something behind its end: compile it again");
  if (number<std::uint64_t>(file, kSumAt) != sum(file))
    return refuse(name, "is damaged: compile it again");
  return Parts{.contract = file.subspan(kHeader, contract),
               .code = file.subspan(kHeader + contract, code),
               .component = file.subspan(kHeader + contract + code)};
}

}  // namespace

Result<Compiled> read_native(std::span<const std::uint8_t> file, mortise_engine_mode_t mode,
                             std::string_view name) {
  Result<Parts> parts = take_apart(file, name);
  if (!parts) return std::unexpected(std::move(parts).error());
  const auto made_for = number<std::uint32_t>(file, kModeAt);
  if (made_for != static_cast<std::uint32_t>(mode))
    return refuse(
        name,
        concat("was compiled for plugins with ", limits_text(made_for), ", and is loaded with ",
               limits_text(mode), ": compile it with the same limits"),
        " (Limits)");
  auto decoded = contract::detail::decode(parts->contract);
  if (!decoded) return refuse(name, "was compiled by another version of Mortise: compile it again");
  return Compiled{.code = ByteVector(parts->code.begin(), parts->code.end()),
                  .contract = *std::move(decoded),
                  .form = ByteVector(parts->contract.begin(), parts->contract.end()),
                  .footprint = number<std::uint64_t>(file, kFootprintAt)};
}

Result<Original> original_of(std::span<const std::uint8_t> file, std::string_view name) {
  Result<Parts> parts = take_apart(file, name);
  if (!parts) return std::unexpected(std::move(parts).error());
  const bool text = number<std::uint32_t>(file, kInputAt) == MORTISE_INPUT_TEXT;
  return Original{.component = parts->component,
                  .kind = text ? MORTISE_INPUT_TEXT : MORTISE_INPUT_BINARY};
}

}  // namespace mortise::detail
