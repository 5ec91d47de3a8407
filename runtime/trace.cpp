#include <mortise/runtime/trace.h>

#include <algorithm>
#include <cstddef>
#include <span>

namespace mortise {

namespace {

// W3C Trace Context, 3.2: version "-" trace-id "-" parent-id "-" trace-flags, in lower-case digits.
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kParentId = 36;
constexpr std::size_t kFlags = 53;
constexpr std::size_t kLength = 55;
constexpr std::uint8_t kSampled = 1;

// -1: it is none.
int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// `text` has two digits for each byte.
bool read(std::string_view text, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

void write(std::span<const std::uint8_t> bytes, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_lower_or_digit(char c) { return is_lower(c) || (c >= '0' && c <= '9'); }
bool is_of_key(char c) { return is_lower_or_digit(c) || std::string_view("_-*/").contains(c); }

// 3.3.1.3.1, key: at most 256 characters, or tenant and system on two sides of an "@".
bool is_key(std::string_view key) {
  const std::size_t at = key.find('@');
  if (at == std::string_view::npos)
    return !key.empty() && key.size() <= 256 && is_lower(key.front()) &&
           std::ranges::all_of(key, is_of_key);
  const std::string_view tenant = key.substr(0, at);
  const std::string_view system = key.substr(at + 1);
  return !tenant.empty() && tenant.size() <= 241 && is_lower_or_digit(tenant.front()) &&
         std::ranges::all_of(tenant, is_of_key) && !system.empty() && system.size() <= 14 &&
         is_lower(system.front()) && std::ranges::all_of(system, is_of_key);
}

// value: printable characters but "," and "=", and no space in the end.
bool is_value(std::string_view value) {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::ranges::all_of(value,
                             [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::expected<TraceContext, std::string_view> TraceContext::parse(std::string_view text,
                                                                  std::string_view state) {
  if (text.size() < kLength) return std::unexpected("a traceparent has 55 characters");
  std::array<std::uint8_t, 1> version{};
  if (!read(text, version)) return std::unexpected("its version is not two lower-case digits");
  if (version[0] == 0xff) return std::unexpected("there is no version ff");
  // Later versions may say more, after another dash.
  if (version[0] == 0 && text.size() != kLength)
    return std::unexpected("a traceparent of version 00 has 55 characters");
  if (text.size() > kLength && text[kLength] != '-')
    return std::unexpected("no dash stands after its flags");
  if (text[kTraceId - 1] != '-' || text[kParentId - 1] != '-' || text[kFlags - 1] != '-')
    return std::unexpected("its parts are not divided by dashes");

  TraceContext out;
  std::array<std::uint8_t, 1> flags{};
  if (!read(text.substr(kTraceId), out.trace_id) || is_zero(out.trace_id))
    return std::unexpected("its trace-id is not 32 lower-case digits, or is all zero");
  if (!read(text.substr(kParentId), out.parent_id) || is_zero(out.parent_id))
    return std::unexpected("its parent-id is not 16 lower-case digits, or is all zero");
  if (!read(text.substr(kFlags), flags))
    return std::unexpected("its flags are not two lower-case digits");
  out.sampled = (flags[0] & kSampled) != 0;
  if (is_tracestate(state)) out.tracestate = state;
  return out;
}

TraceContext::Text TraceContext::traceparent() const {
  Text out;
  out.characters.fill('-');
  const std::array<std::uint8_t, 1> version{0};
  const std::array<std::uint8_t, 1> flags{sampled ? kSampled : std::uint8_t{0}};
  write(version, out.characters.data());
  write(trace_id, out.characters.data() + kTraceId);
  write(parent_id, out.characters.data() + kParentId);
  write(flags, out.characters.data() + kFlags);
  return out;
}

bool TraceContext::is_tracestate(std::string_view state) {
  if (state.empty() || state.size() > 512) return false;
  std::size_t members = 0;
  for (std::size_t at = 0; at <= state.size();) {
    const std::size_t end = std::min(state.find(',', at), state.size());
    // A member may be empty; the spaces around it are no part of it.
    const std::string_view member = trimmed(state.substr(at, end - at));
    at = end + 1;
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || !is_key(member.substr(0, equals)) ||
        !is_value(member.substr(equals + 1)) || ++members > 32)
      return false;
  }
  return members > 0;
}

}  // namespace mortise
