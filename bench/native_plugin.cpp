// The plugin as a shared library.
#include "bench/native_plugin.h"

#include <algorithm>
#include <cstddef>

namespace {

std::expected<std::string, std::string> process_data(std::string_view input,
                                                     const bench::Metadata& meta) {
  if (input.empty()) return std::unexpected("Input cannot be empty");
  constexpr std::string_view before = "[Processed by ";
  std::string out;
  out.reserve(before.size() + meta.name.size() + 2 + meta.version.size() + 3 + input.size());
  out.append(before).append(meta.name).append(" v").append(meta.version).append("]: ");
  const std::size_t head = out.size();
  out.resize(head + input.size());
  std::transform(
      input.begin(), input.end(), out.begin() + static_cast<std::ptrdiff_t>(head),
      [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
  return out;
}

}  // namespace

bench::ProcessData* native_process_data() { return &process_data; }
