#include <mortise/contract/compare.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <mortise/contract/detail/walk.h>
#include <mortise/contract/text.h>

namespace mortise::contract {

namespace {

using detail::in_ticks;
using detail::Names;
using detail::Sides;
using detail::Walk;
using What = Difference::Kind;

// ---- Does a plugin fit a host? -----------------------------------------------------------------

constexpr Sides kHostAndPlugin{
    .expected = "the host", .expects = "expects", .actual = "the plugin"};

std::string listed(std::string_view intro, std::string_view name,
                   std::vector<std::string_view> names, std::string_view none) {
  constexpr std::size_t kShown = 3;
  if (names.empty()) return std::string(none);
  const std::size_t total = names.size();
  std::string out(intro);
  std::string_view separator;
  for (const std::string_view near : near_names(name, std::move(names), kShown)) {
    out += concat(separator, in_ticks(near));
    separator = ", ";
  }
  if (total > kShown) out += concat(" and ", total - kShown, " more");
  return out;
}

// What the component has in place of what is missing.
std::string instead(const Contract& actual, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Interface& i : actual.exports) {
    if (!i.name.empty()) names.push_back(i.name);
    if (i.name.empty())
      for (const Function& f : i.functions) names.push_back(f.name);
  }
  return listed("It exports ", name, std::move(names), "It exports nothing");
}

void fit(Walk& walk, const Function& want, const Function& have) {
  if (have.is_async)
    return walk.differ(What::async, "", "",
                       "the plugin's function is async, which Mortise does not run");
  walk.signature(want, have);
}

void fit_export(Walk& walk, const Interface& want, const Interface& have) {
  const Names functions(have.functions);
  for (const Function& function : want.functions) {
    walk.enter(Direction::exports, want.name, function.name);
    if (const Function* found = functions.find(function.name)) {
      fit(walk, function, *found);
    } else if (want.name.empty()) {
      walk.differ(What::removed, "", "",
                  concat("the plugin does not export it. ", instead(walk.actual(), function.name)));
    } else {
      std::vector<std::string_view> names;
      for (const Function& f : have.functions) names.push_back(f.name);
      walk.differ(What::removed, "", "",
                  concat("the plugin does not have this function. ",
                         listed("The interface has ", function.name, std::move(names),
                                "The interface has no functions")));
    }
  }
}

// ---- All that differs --------------------------------------------------------------------------

// "1.0.0" of "a:b/c@1.0.0"; empty where there is none.
std::string_view version(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
}
std::string_view without_version(std::string_view name) { return name.substr(0, name.find('@')); }

// As engine/src/contract/mod.rs writes it.
std::string owner(Direction direction, std::string_view interface) {
  return concat(direction == Direction::imports ? "import" : "export", interface.empty() ? "" : " ",
                interface);
}

// Whether a plugin that imports it asks its host for something.
bool needed(const Interface& interface) {
  return !interface.functions.empty() ||
         std::ranges::any_of(interface.types, [](const Declared& type) { return type.used; });
}

// An interface on both sides, or on one.
struct Pair {
  const Interface* want;
  const Interface* have;
};

// By their names; those that are left, by their names without versions. In the order of `want`,
// with what `have` has beyond at the end.
std::vector<Pair> pairs(const std::vector<Interface>& want, const std::vector<Interface>& have) {
  const Names exact(have);
  std::vector<Pair> out;
  std::unordered_set<const Interface*> taken;
  for (const Interface& interface : want) {
    const Interface* same = exact.find(interface.name);
    if (same != nullptr) taken.insert(same);
    out.push_back({.want = &interface, .have = same});
  }
  std::unordered_map<std::string_view, const Interface*> others;
  for (const Interface& interface : have)
    if (!taken.contains(&interface)) others.emplace(without_version(interface.name), &interface);
  for (Pair& pair : out) {
    const auto other = others.find(without_version(pair.want->name));
    if (pair.have != nullptr || other == others.end()) continue;
    pair.have = other->second;
    taken.insert(other->second);
    others.erase(other);
  }
  for (const Interface& interface : have)
    if (!taken.contains(&interface)) out.push_back({.want = nullptr, .have = &interface});
  return out;
}

// Types that functions speak of, under any of their names.
std::unordered_set<TypeId> used_types(const std::vector<Interface>& interfaces) {
  std::unordered_set<TypeId> used;
  for (const Interface& interface : interfaces)
    for (const Declared& type : interface.types)
      if (type.used) used.insert(type.type);
  return used;
}

class Differences {
 public:
  Differences(Walk& walk, const CompareOptions& options)
      : walk_(walk), ignore_versions_(options.ignore_versions) {}

  void all() {
    const std::vector<Pair> imports = pairs(walk_.expected().imports, walk_.actual().imports);
    const std::vector<Pair> exports = pairs(walk_.expected().exports, walk_.actual().exports);
    // Either side may speak of resources of the other.
    same_owners(Direction::imports, imports);
    same_owners(Direction::exports, exports);
    direct(Direction::imports);
    for (const Pair& pair : imports) interface(pair);
    direct(Direction::exports);
    for (const Pair& pair : exports) interface(pair);
  }

 private:
  void direct(Direction direction) {
    direction_ = direction;
    const bool imports = direction == Direction::imports;
    used_want_ = used_types(imports ? walk_.expected().imports : walk_.expected().exports);
    used_have_ = used_types(imports ? walk_.actual().imports : walk_.actual().exports);
  }

  void same_owners(Direction direction, const std::vector<Pair>& pairs) {
    for (const Pair& pair : pairs)
      if (pair.want != nullptr && pair.have != nullptr && pair.want->name != pair.have->name)
        walk_.same_owner(owner(direction, pair.want->name), owner(direction, pair.have->name));
  }

  bool imports() const { return direction_ == Direction::imports; }

  // What was there is gone: who imports it misses it, and so does who calls it.
  void removed(std::string expected, bool used = true) {
    walk_.breaking(imports() && used, !imports());
    const std::string what = concat(walk_.sides().actual, " does not have ", expected);
    walk_.differ(What::removed, std::move(expected), "", what);
  }
  // What is new has to be exported, or provided, by somebody who does not know it.
  void added(std::string actual, bool used = true) {
    walk_.breaking(!imports(), imports() && used);
    const std::string what = concat(walk_.sides().expected, " does not have ", actual);
    walk_.differ(What::added, "", std::move(actual), what);
  }

  void interface(const Pair& pair) {
    static const Interface kNothing{};
    const Interface& named = pair.want != nullptr ? *pair.want : *pair.have;
    walk_.enter(direction_, named.name);
    // Those of the world itself are in no interface: each is spoken of by name.
    if (!named.name.empty()) {
      if (pair.have == nullptr) return removed("this interface", needed(*pair.want));
      if (pair.want == nullptr) return added("this interface", needed(*pair.have));
      if (!ignore_versions_) versions(*pair.want, *pair.have);
    }
    const Interface& want = pair.want != nullptr ? *pair.want : kNothing;
    const Interface& have = pair.have != nullptr ? *pair.have : kNothing;
    types(want, have);
    functions(want, have);
  }

  void versions(const Interface& want, const Interface& have) {
    if (want.name == have.name) return;
    const auto called = [](const Interface& interface) {
      const std::string_view v = version(interface.name);
      return v.empty() ? std::string("no version") : concat("version ", escape(v, 200));
    };
    walk_.breaking(!imports() || needed(want), !imports() || needed(have));
    walk_.mismatch(What::version, called(want), called(have));
  }

  void types(const Interface& want, const Interface& have) {
    const Names in_want(want.types);
    const Names in_have(have.types);
    for (const Declared& type : want.types) {
      walk_.enter(direction_, want.name);
      if (const Declared* other = in_have.find(type.name)) {
        walk_.breaking(!imports() || used_want_.contains(type.type),
                       !imports() || used_have_.contains(other->type));
        walk_.declared(type.name, type.type, other->type);
      } else {
        removed(concat("type ", in_ticks(type.name)), type.used);
      }
    }
    walk_.enter(direction_, have.name);
    for (const Declared& type : have.types)
      if (!in_want.has(type.name)) added(concat("type ", in_ticks(type.name)), type.used);
  }

  void functions(const Interface& want, const Interface& have) {
    const Names in_want(want.functions);
    const Names in_have(have.functions);
    for (const Function& function : want.functions) {
      walk_.enter(direction_, want.name, function.name);
      const Function* other = in_have.find(function.name);
      if (other == nullptr) {
        removed("this function");
        continue;
      }
      walk_.breaking(true, true);
      if (function.is_async != other->is_async)
        walk_.mismatch(What::async, color(function), color(*other));
      walk_.signature(function, *other);
    }
    for (const Function& function : have.functions) {
      if (in_want.has(function.name)) continue;
      walk_.enter(direction_, have.name, function.name);
      added("this function");
    }
  }

  static std::string color(const Function& function) {
    return function.is_async ? "an async function" : "a sync function";
  }

  Walk& walk_;
  bool ignore_versions_;
  Direction direction_{};
  std::unordered_set<TypeId> used_want_;
  std::unordered_set<TypeId> used_have_;
};

}  // namespace

std::vector<Difference> compare_exports(const Contract& expected, const Contract& actual) {
  // What a plugin has of the world's own functions if it exports none: each is spoken of by name.
  static const Interface kNoFunctions{};
  Walk walk(expected, actual, kHostAndPlugin);
  const Names exports(actual.exports);
  for (const Interface& want : expected.exports) {
    const Interface* have = exports.find(want.name);
    if (have == nullptr && want.name.empty()) have = &kNoFunctions;
    if (have != nullptr) {
      fit_export(walk, want, *have);
      continue;
    }
    walk.enter(Direction::exports, want.name);
    walk.differ(What::removed, "", "",
                concat("the plugin does not export it. ", instead(actual, want.name)));
  }
  return walk.take();
}

std::vector<Difference> compare_imports(const Contract& expected, const Contract& actual) {
  Walk walk(expected, actual, kHostAndPlugin);
  const Names imports(actual.imports);
  for (const Interface& want : expected.imports) {
    const Interface* have = imports.find(want.name);
    if (have == nullptr) continue;
    const Names functions(have->functions);
    for (const Function& function : want.functions) {
      const Function* imported = functions.find(function.name);
      if (imported == nullptr) continue;
      walk.enter(Direction::imports, want.name, function.name);
      fit(walk, function, *imported);
    }
  }
  return walk.take();
}

Comparison compare(const Contract& expected, const Contract& actual,
                   const CompareOptions& options) {
  Walk walk(expected, actual,
            {.expected = options.expected, .expects = "has", .actual = options.actual});
  walk.say_once();
  Differences(walk, options).all();
  Comparison out{.differences = walk.take(), .more = walk.more()};
  const auto verdict = [&](bool breaks) {
    if (breaks) return Verdict::breaking;
    return out.differences.empty() ? Verdict::same : Verdict::compatible;
  };
  out.for_plugins = verdict(walk.broke_plugins());
  out.for_hosts = verdict(walk.broke_hosts());
  return out;
}

std::string explain(const std::vector<Difference>& differences) {
  constexpr std::size_t kShown = 20;
  std::string out;
  std::string_view where;
  std::size_t shown = 0;
  for (const Difference& difference : differences) {
    if (shown++ == kShown) {
      out += concat("  and ", differences.size() - kShown, " differences more\n");
      break;
    }
    if (difference.where != where) out += concat("  ", difference.where, "\n");
    where = difference.where;
    out += concat("    ", difference.what, "\n");
  }
  return out;
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::same: return "same";
    case Verdict::compatible: return "compatible";
    case Verdict::breaking: return "breaking";
  }
  return "unknown";
}

std::string_view to_string(Difference::Kind kind) {
  switch (kind) {
    case What::removed: return "removed";
    case What::added: return "added";
    case What::renamed: return "renamed";
    case What::reordered: return "reordered";
    case What::type: return "type";
    case What::async: return "async";
    case What::version: return "version";
    case What::too_large: return "too_large";
  }
  return "unknown";
}

}  // namespace mortise::contract
