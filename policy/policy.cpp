#include <mortise/policy/policy.h>

#include <algorithm>
#include <filesystem>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/document.h>
#include <mortise/policy/detail/file.h>
#include <mortise/policy/detail/keys.h>

namespace mortise {

Result<Policy> Policy::read(const std::string& path) {
  const Result<std::string> text = policy::read_file(path);
  if (!text)
    return std::unexpected(Error(text.error().kind(), std::string(text.error().message())));
  const std::filesystem::path file(path);
  const std::string folder = file.parent_path().string();
  return parse(*text, file.filename().string(), folder);
}

Result<Policy> Policy::parse(std::string_view text, std::string_view name,
                             std::string_view folder) {
  const std::string shown = escape(name, 200);
  const auto read = policy::parse_document(text);
  if (!read) return std::unexpected(policy::syntax_error(shown, read.error()));
  return policy::read_policy(*read, shown, folder);
}

const PluginPolicy* Policy::find(std::string_view plugin) const {
  const auto found = plugins.find(plugin);
  if (found != plugins.end()) return &found->second;
  return unnamed == Unnamed::refused ? nullptr : &defaults;
}

Wasi at_most(Wasi asked, const Wasi& had) {
  if (had.access == Wasi::Access::none) asked.access = had.access;
  // Who sees the time that stands still may see another one that does, and who sees it move may see
  // less of it.
  const bool is_frozen = asked.clock.kind() == WasiClock::Kind::frozen;
  const bool is_exact = asked.clock.kind() == WasiClock::Kind::real;
  const bool had_frozen = had.clock.kind() == WasiClock::Kind::frozen;
  const bool had_exact = had.clock.kind() == WasiClock::Kind::real;
  if ((had_frozen && !is_frozen) || (is_exact && !had_exact)) asked.clock = had.clock;
  if (had.random.is_seeded() && !asked.random.is_seeded()) asked.random = had.random;
  asked.lines = std::min(asked.lines, had.lines);
  asked.line = std::min(asked.line, had.line);
  return asked;
}

bool is_plugin_name(std::string_view name) {
  constexpr std::size_t kMost = 100;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kMost && std::ranges::all_of(name, fits);
}

}  // namespace mortise
