// mortise cache: what is kept of compiled plugins.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>
#include <mortise/runtime/cache.h>

#include "commands.h"
#include "options.h"

namespace mortise::cli {

namespace {

constexpr std::string_view kWhat =
    "Looks at the native code that `mortise call`, and hosts that want it, keep of plugins: `ls` "
    "lists\n"
    "it, what was used last first; `verify` reads all of it, and removes what is damaged; `clear`\n"
    "removes all of it.";
constexpr std::string_view kExamples =
    "  mortise cache ls\n"
    "  mortise cache verify --folder /var/cache/my-host --json\n"
    "  mortise cache clear\n";

// "20 s ago"
std::string ago(std::chrono::system_clock::time_point time) {
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - time).count();
  if (seconds < 60) return "just now";
  if (seconds < 60 * 60) return concat(seconds / 60, " min ago");
  if (seconds < 48 * 60 * 60) return concat(seconds / 60 / 60, " h ago");
  return concat(seconds / 60 / 60 / 24, " days ago");
}

// To two digits at least, rounded down.
std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"bytes", "KiB", "MiB", "GiB"};  // NOLINT: a literal
  std::size_t unit = 0;
  for (; bytes >= 10 * 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  return concat(bytes, " ", kUnits[unit]);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return concat(count, " ", count == 1 ? one : many);
}

int list(const CLI::App& app, const CodeCache& cache, bool as_json) {
  const auto entries = cache.entries();
  if (!entries) return fail(app, entries.error());
  std::uint64_t total = 0;
  for (const CacheEntry& one : *entries) total += one.size.count;
  if (as_json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const CacheEntry& one : *entries) {
      const auto used =
          std::chrono::floor<std::chrono::seconds>(one.used.time_since_epoch()).count();
      all.push_back(
          {{"plugin", one.plugin}, {"key", one.key}, {"size", one.size.count}, {"used", used}});
    }
    std::cout << nlohmann::ordered_json{{"folder", escape(cache.folder())},
                                        {"size", total},
                                        {"entries", std::move(all)}}
                     .dump(2)
              << "\n";
    return kFine;
  }
  for (const CacheEntry& one : *entries)
    std::cout << padded(one.plugin.empty() ? "(damaged)" : one.plugin, 28) << " "
              << padded(size_text(one.size.count), 10) << " " << padded(ago(one.used), 12) << " "
              << one.key.substr(0, 12) << "\n";
  std::cout << counted(entries->size(), "plugin", "plugins") << ", " << size_text(total) << ", in "
            << escape(cache.folder()) << "\n";
  return kFine;
}

int clear(const CLI::App& app, const CodeCache& cache, bool as_json) {
  const auto total = cache.clear();
  if (!total) return fail(app, total.error());
  if (as_json)
    std::cout
        << nlohmann::ordered_json{{"removed", total->entries}, {"size", total->size.count}}.dump(2)
        << "\n";
  else
    std::cout << "removed " << counted(total->entries, "plugin", "plugins") << ", "
              << size_text(total->size.count) << "\n";
  return kFine;
}

int verify(const CLI::App& app, const CodeCache& cache, bool as_json) {
  const auto total = cache.verify();
  if (!total) return fail(app, total.error());
  if (as_json)
    std::cout << nlohmann::ordered_json{{"good", total->entries},
                                        {"size", total->size.count},
                                        {"removed", total->removed},
                                        {"leftovers", total->leftovers}}
                     .dump(2)
              << "\n";
  else
    std::cout << counted(total->entries, "plugin", "plugins") << ", "
              << size_text(total->size.count) << ": good; " << total->removed
              << " damaged, and removed\n";
  return total->removed == 0 ? kFine : kBreaking;
}

}  // namespace

int cache(int count, char** arguments) {
  CLI::App app;
  describe(app, "cache", kWhat, kExamples);
  std::string action;
  std::string folder;
  bool as_json = false;
  app.add_option("ACTION", action, "ls, verify or clear");
  app.add_option("--folder", folder,
                 "the cache of a host [$XDG_CACHE_HOME/mortise, ~/.cache/mortise]");
  add_json(app, as_json);
  if (const auto status = parse(app, count, arguments)) return *status;
  if (action.empty()) return usage(app, "what is to be done with it? ls, verify or clear");
  if (action != "ls" && action != "verify" && action != "clear")
    return usage(app, concat("`", escape(action), "` is none of ls, verify and clear"));

  const Result<CodeCache> opened = CodeCache::open({.folder = folder});
  if (!opened) return fail(app, opened.error());
  if (action == "ls") return list(app, *opened, as_json);
  return action == "clear" ? clear(app, *opened, as_json) : verify(app, *opened, as_json);
}

}  // namespace mortise::cli
