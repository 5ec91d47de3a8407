#include <mortise/contract/text.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include <mortise/abi/utf8.h>

namespace mortise {

namespace {

// Characters that a terminal or an editor acts on instead of showing: C0 and C1 controls, the
// line and paragraph separators, interlinear marks, and those that turn, hide or join what stands
// around them (Unicode's bidirectional controls and all that have Default_Ignorable_Code_Point).
struct Span {
  char32_t first;
  char32_t last;
};
constexpr std::array kActing{
    Span{0x00, 0x1F},       Span{0x7F, 0x9F},       Span{0xAD, 0xAD},       Span{0x34F, 0x34F},
    Span{0x61C, 0x61C},     Span{0x115F, 0x1160},   Span{0x17B4, 0x17B5},   Span{0x180B, 0x180F},
    Span{0x200B, 0x200F},   Span{0x2028, 0x202E},   Span{0x2060, 0x206F},   Span{0x3164, 0x3164},
    Span{0xFE00, 0xFE0F},   Span{0xFEFF, 0xFEFF},   Span{0xFFA0, 0xFFA0},   Span{0xFFF0, 0xFFFB},
    Span{0x1BCA0, 0x1BCA3}, Span{0x1D173, 0x1D17A}, Span{0xE0000, 0xE0FFF},
};

bool acts(char32_t c) {
  return std::ranges::any_of(kActing, [c](Span s) { return c >= s.first && c <= s.last; });
}

void append_hex(std::string& out, std::uint32_t value) {
  char digits[8];  // NOLINT(modernize-avoid-c-arrays): to_chars writes to one
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr;
  out.append(std::begin(digits), end);
}

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string escape(std::string_view text, std::size_t most) {
  std::string out;
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());  // bytes as bytes
  const auto* const end = p + text.size();
  while (p != end) {
    if (out.size() >= most) {
      out += concat(".. (", end - p, " bytes more)");
      break;
    }
    const std::size_t length = abi::utf8_length(p, static_cast<std::size_t>(end - p));
    if (length == 0) {
      out += "\\x";
      if (*p < 16) out += '0';
      append_hex(out, *p++);
      continue;
    }
    const auto* const from = p;
    const char32_t c = abi::decode_utf8(p);
    if (acts(c)) {
      out += "\\u{";
      append_hex(out, c);
      out += '}';
    } else {
      out.append(reinterpret_cast<const char*>(from), length);  // bytes as text, checked above
    }
  }
  return out;
}

std::string escape_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!out.empty()) out += '\n';
    out += escape(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes >= 1 << 30 && bytes % (1 << 30) == 0) return concat(bytes >> 30, " GiB");
  if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) return concat(bytes >> 20, " MiB");
  if (bytes >= 1 << 10 && bytes % (1 << 10) == 0) return concat(bytes >> 10, " KiB");
  return concat(bytes, bytes == 1 ? " byte" : " bytes");
}

std::vector<std::string_view> near_names(std::string_view name,
                                         std::vector<std::string_view> candidates,
                                         std::size_t most) {
  // Distances cost the product of the lengths, and the candidates are a stranger's.
  constexpr std::size_t kLongest = 200;
  constexpr std::size_t kMost = 1000;
  if (candidates.size() > kMost) candidates.resize(kMost);
  std::vector<std::pair<std::size_t, std::string_view>> all;
  for (const std::string_view candidate : candidates)
    all.emplace_back(edits(name, candidate.substr(0, kLongest)), candidate);
  std::sort(all.begin(), all.end());
  if (all.size() > most) all.resize(most);
  std::vector<std::string_view> near;
  for (const auto& [distance, candidate] : all) near.push_back(candidate);
  return near;
}

}  // namespace mortise
