// mortise audit: what a component may do by a policy, what it is denied, and what of that is new.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>
#include <mortise/policy/lock.h>
#include <mortise/policy/policy.h>
#include <mortise/policy/words.h>
#include <mortise/runtime/inspect.h>

#include "commands.h"
#include "input.h"
#include "options.h"

namespace mortise::cli {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view kWhat =
    "What a component may do by a policy, in words; what it asks for and is not granted; and, with "
    "a\n"
    "lock file, what has changed since it was approved. Without a policy it may compute.";
constexpr std::string_view kExamples =
    "  mortise audit pricing.wasm --policy policy.toml    as the plugin `pricing`\n"
    "  mortise audit v2.wasm --policy policy.toml --plugin pricing --lock mortise.lock\n"
    "                                                     what differs from what was approved\n"
    "  mortise audit v2.wasm --policy policy.toml --plugin pricing --lock mortise.lock --approve\n"
    "                                                     approves it\n";

struct Asked {
  std::string path;
  std::string policy;
  std::string plugin;
  std::string lock;
  bool approve = false;
  bool as_json = false;
};

// An interface that it imports and does not get, and what would change that.
struct Denied {
  std::string interface;
  std::string advice;
};

struct Report {
  std::string plugin{};
  std::string component{};
  std::string contract{};
  std::vector<std::string> exports{};
  std::vector<std::string> limits{};
  bool refused = false;           // by a policy that names all plugins
  std::vector<Granted> may{};     // and asks for
  std::vector<Granted> unused{};  // granted, and not asked for
  std::vector<Denied> denied{};
  std::vector<std::string> host{};  // what no policy grants
  // Where there is a lock file.
  std::optional<bool> known{};
  std::vector<std::string> changes{};

  [[nodiscard]] bool is_fine() const {
    return !refused && denied.empty() && known.value_or(true) && changes.empty();
  }
};

// ---- Finding out -------------------------------------------------------------------------------

// "sql" of "sql orders"
std::string_view kind_of(const Granted& one) {
  return std::string_view(one.grant).substr(0, one.grant.find(' '));
}

std::string clock_text(const WasiClock& clock) {
  switch (clock.kind()) {
    case WasiClock::Kind::per_call: return "see the time, which stands still during a call";
    case WasiClock::Kind::real: return {};  // a grant of its own
    case WasiClock::Kind::frozen: return "see a time that always stands still";
  }
  return {};
}

// What of the sealed WASI is there for anybody.
void add_sealed(std::vector<Granted>& may, const std::vector<std::string_view>& imports,
                const PluginPolicy& policy) {
  const auto asks = [&](std::string_view package) {
    return std::ranges::any_of(imports,
                               [&](std::string_view name) { return name.starts_with(package); });
  };
  const auto add = [&](std::string what) {
    if (!what.empty()) may.push_back({.grant = "wasi", .what = std::move(what)});
  };
  if (policy.wasi.access == Wasi::Access::none) return;
  if (asks("wasi:clocks/")) add(clock_text(policy.wasi.clock));
  if (asks("wasi:random/"))
    add(policy.wasi.random.is_seeded() ? "get random numbers, always the same"
                                       : "get random numbers");
  if (policy.printed == Printed::dropped && (asks("wasi:cli/stdout@") || asks("wasi:cli/stderr@")))
    add("print lines, which are dropped");
  if (asks("wasi:filesystem/") || asks("wasi:sockets/") || asks("wasi:cli/"))
    add("look for files, network and environment, and find none");
}

void judge(Report& report, const contract::Contract& contract, const Policy& policy,
           const PluginPolicy& granted) {
  std::vector<std::string_view> imports;
  std::vector<std::string_view> kinds;
  for (const contract::Interface& interface : contract.imports) {
    if (interface.functions.empty()) continue;
    imports.push_back(interface.name);
    if (is_granted(granted, interface.name)) {
      kinds.push_back(is_sealed_wasi(interface.name) ? "wasi" : grant_with(interface.name));
      continue;
    }
    std::string advice = how_to_grant(policy, report.plugin, interface.name);
    if (advice.empty())
      report.host.push_back(interface.name.empty() ? "functions in no interface"
                                                   : escape(interface.name, 200));
    else
      report.denied.push_back(
          {.interface = escape(interface.name, 200), .advice = std::move(advice)});
  }
  report.may.push_back({.grant = "", .what = "compute"});
  add_sealed(report.may, imports, granted);
  for (Granted& one : grants_of(policy, granted)) {
    const bool asked = std::ranges::find(kinds, kind_of(one)) != kinds.end();
    (asked ? report.may : report.unused).push_back(std::move(one));
  }
}

// The hash of what was looked at: a file that another one took the place of meanwhile is an error.
Result<std::string> hash_of(const std::string& path, const std::string& before) {
  Result<std::string> after = component_hash(path);
  if (!after || *after == before) return after;
  return std::unexpected(
      Error(Error::Kind::io, concat(escape(path), " changed while it was read")));
}

std::string stem(const std::string& path) { return std::filesystem::path(path).stem().string(); }

// ---- Saying it ---------------------------------------------------------------------------------

void print_lines(std::string_view word, const std::vector<std::string>& lines) {
  constexpr std::size_t kWidth = 14;
  for (const std::string& line : lines) {
    std::cout << "  " << word << std::string(kWidth - word.size(), ' ') << line << "\n";
    word = "";
  }
}

std::vector<std::string> lines_of(const std::vector<Granted>& all) {
  std::vector<std::string> out;
  for (const Granted& one : all)
    out.push_back(one.grant.empty() ? one.what : concat(one.what, " (", one.grant, ")"));
  return out;
}

void print_text(const Report& report, const Asked& asked, const Policy& policy,
                const std::string& lock) {
  std::cout << bold(escape(asked.path)) << "\n";
  print_lines("sha256", {report.component});
  print_lines("exports", report.exports);
  if (asked.policy.empty())
    std::cout << "\nWithout a policy it\n";
  else
    std::cout << concat("\nAs `", report.plugin, "` of ", policy.name, " it\n");
  if (report.refused)
    print_lines("is refused",
                {red(concat(policy.name, " names no plugin of that name: add `[plugins.",
                            report.plugin, "]`"))});
  std::string limits;
  for (const std::string& limit : report.limits)
    limits += concat(limits.empty() ? "" : ", ", limit);
  print_lines("runs under", {limits});
  print_lines("may", lines_of(report.may));
  std::vector<std::string> denied;
  for (const Denied& one : report.denied)
    denied.push_back(concat(red(one.interface), ": ", one.advice));
  print_lines("is denied", denied);
  print_lines("needs of host", report.host);
  print_lines("has unused", lines_of(report.unused));
  if (!report.known) return;
  const std::string file = escape(lock);
  if (!*report.known) {
    std::cout << "\n" << yellow(concat("It was not approved yet in ", file)) << "\n";
  } else if (report.changes.empty()) {
    std::cout << "\n" << green(concat("It is as it was approved in ", file)) << "\n";
  } else {
    std::cout << "\n" << yellow(concat("Since it was approved in ", file, " it")) << "\n";
    for (const std::string& change : report.changes) std::cout << "  " << change << "\n";
  }
}

ordered_json json(const std::vector<Granted>& all) {
  ordered_json out = ordered_json::array();
  for (const Granted& one : all) out.push_back({{"grant", one.grant}, {"what", one.what}});
  return out;
}

void print_json(const Report& report) {
  ordered_json out{{"plugin", report.plugin},
                   {"component", report.component},
                   {"contract", report.contract},
                   {"exports", report.exports},
                   {"refused", report.refused},
                   {"limits", report.limits},
                   {"may", json(report.may)},
                   {"denied", ordered_json::array()},
                   {"host", report.host},
                   {"unused", json(report.unused)},
                   {"approved", report.known ? ordered_json(*report.known && report.changes.empty())
                                             : ordered_json(nullptr)},
                   {"changes", report.changes}};
  for (const Denied& one : report.denied)
    out["denied"].push_back({{"interface", one.interface}, {"advice", one.advice}});
  print(out);
}

// ---- The command -------------------------------------------------------------------------------

// What is there, or nothing yet.
Result<Lock> read_lock(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Lock();
  return Lock::read(path);
}

int run(const CLI::App& app, const Asked& asked) {
  Result<Policy> policy = asked.policy.empty() ? Policy() : Policy::read(asked.policy);
  if (!policy) return fail(app, policy.error());
  const std::string lock_path = asked.lock.empty() ? policy->lock : asked.lock;
  if (asked.approve && lock_path.empty())
    return usage(app, "--approve needs a lock file: --lock, or `lock` in the policy");
  Report report{.plugin = asked.plugin.empty() ? stem(asked.path) : asked.plugin};
  if (!is_plugin_name(report.plugin))
    return usage(app, concat("`", escape(report.plugin, 100),
                             "` is no name of a plugin in policies: --plugin says which"));

  const Result<std::string> before = component_hash(asked.path);
  if (!before) return fail(app, before.error());
  const Result<Description> found = mortise::inspect(engine(), asked.path);
  if (!found) return fail(app, found.error());
  Result<std::string> hash = hash_of(asked.path, *before);
  if (!hash) return fail(app, hash.error());

  const PluginPolicy* entry = policy->find(report.plugin);
  report.refused = entry == nullptr;
  const PluginPolicy& granted = report.refused ? policy->defaults : *entry;
  const Result<Approved> now = approval(*std::move(hash), found->contract, *policy, granted);
  if (!now) return fail(app, now.error());
  report.component = now->component;
  report.contract = now->contract;
  for (const std::string& one : now->exports) report.exports.push_back(escape(one, 200));
  report.limits = limits_of(granted);
  judge(report, found->contract, *policy, granted);

  Result<Lock> lock = lock_path.empty() ? Lock() : read_lock(lock_path);
  if (!lock) return fail(app, lock.error());
  if (!lock_path.empty()) {
    const auto then = lock->plugins.find(report.plugin);
    report.known = then != lock->plugins.end();
    if (*report.known) report.changes = changes(then->second, *now);
  }
  asked.as_json ? print_json(report) : print_text(report, asked, *policy, lock_path);
  if (!asked.approve) return report.is_fine() ? kFine : kBreaking;
  const Result<void> written = Lock::change(
      lock_path, [&](Lock& there) { there.plugins.insert_or_assign(report.plugin, *now); });
  if (!written) return fail(app, written.error());
  std::cerr << concat(escape(lock_path), ": approved as `", report.plugin, "`\n");
  return kFine;
}

}  // namespace

int audit(int count, char** arguments) {
  CLI::App app;
  describe(app, "audit", kWhat, kExamples);
  Asked asked;
  add_component(app, asked.path);
  app.add_option("--policy", asked.policy, "the policy, a TOML file [computation alone]");
  app.add_option("--plugin", asked.plugin, "its name in the policy [that of the file]");
  app.add_option("--lock", asked.lock, "the lock file, of what was approved [the policy's]");
  app.add_flag("--approve", asked.approve, "write what it is now into the lock file");
  add_json(app, asked.as_json);
  if (const auto status = parse(app, count, arguments)) return *status;
  if (const auto status = find_component(app, asked.path)) return *status;
  if (looks_like_wit(asked.path))
    return fail(app, concat(escape(asked.path), " is WIT, not a component"));
  return run(app, asked);
}

}  // namespace mortise::cli
