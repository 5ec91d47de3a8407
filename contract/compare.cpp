#include <mortise/contract/compare.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <mortise/contract/text.h>

namespace mortise::contract {

namespace {

// What the parts of a type are called in messages.
std::string_view part_word(Kind kind) {
  switch (kind) {
    case Kind::record: return "field";
    case Kind::flags: return "flag";
    default: return "case";
  }
}

std::string quoted(std::string_view name) { return concat("`", escape(name), "`"); }

// The way from a function to a type within it: "parameter `meta`, field `priority`".
class Comparison {
 public:
  Comparison(const Contract& expected, const Contract& actual)
      : expected_(expected), actual_(actual) {}

  void exports() {
    for (const Interface& want : expected_.exports) {
      where_ = "export " + escape(want.name);
      const Interface* have = find(actual_.exports, want.name);
      if (have == nullptr && want.name.empty()) have = &no_functions_;
      if (have == nullptr) {
        differ(concat("the plugin does not export it. ", instead(want.name)));
        continue;
      }
      for (const Function& function : want.functions) export_of(want, *have, function);
    }
  }

  void imports() {
    for (const Interface& want : expected_.imports) {
      const Interface* have = find(actual_.imports, want.name);
      if (have == nullptr) continue;
      for (const Function& function : want.functions) {
        const Function* imported = find(*have, function.name);
        if (imported == nullptr) continue;
        where_ = place("import", want.name, function.name);
        path_.clear();
        signature(function, *imported);
      }
    }
  }

  std::vector<Difference> take() { return std::move(found_); }

 private:
  // What the component has in place of what is missing.
  std::string instead(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Interface& i : actual_.exports) {
      if (!i.name.empty()) names.push_back(i.name);
      if (i.name.empty())
        for (const Function& f : i.functions) names.push_back(f.name);
    }
    return listed("It exports ", name, std::move(names), "It exports nothing");
  }

  static std::string listed(std::string_view intro, std::string_view name,
                            std::vector<std::string_view> names, std::string_view none) {
    constexpr std::size_t kShown = 3;
    if (names.empty()) return std::string(none);
    const std::size_t total = names.size();
    std::string out(intro);
    std::string_view separator;
    for (const std::string_view near : near_names(name, std::move(names), kShown)) {
      out += concat(separator, quoted(near));
      separator = ", ";
    }
    if (total > kShown) out += concat(" and ", total - kShown, " more");
    return out;
  }

  // "export acme:shop/stock: count"
  static std::string place(std::string_view word, std::string_view interface,
                           std::string_view function) {
    return interface.empty() ? concat(word, " ", escape(function))
                             : concat(word, " ", escape(interface), ": ", escape(function));
  }

  void export_of(const Interface& interface, const Interface& have, const Function& want) {
    where_ = place("export", interface.name, want.name);
    path_.clear();
    const Function* function = find(have, want.name);
    if (function == nullptr && interface.name.empty()) {
      differ(concat("the plugin does not export it. ", instead(want.name)));
      return;
    }
    if (function == nullptr) {
      std::vector<std::string_view> names;
      for (const Function& f : have.functions) names.push_back(f.name);
      differ(concat("the plugin does not have this function. ",
                    listed("The interface has ", want.name, std::move(names),
                           "The interface has no functions")));
      return;
    }
    signature(want, *function);
  }

  void signature(const Function& want, const Function& have) {
    if (have.is_async) {
      differ("the plugin's function is async, which Mortise does not run");
      return;
    }
    members("parameter", want.params, have.params);
    result(want.result, have.result);
  }

  void result(TypeId want, TypeId have) {
    if (want == kNone && have == kNone) return;
    const Step step(*this, "the result");
    payload(want, have);
  }

  // A type or its absence.
  void payload(TypeId want, TypeId have) {
    if (want != kNone && have != kNone) return type(want, have);
    if (want == have) return;
    mismatch(want == kNone ? "nothing" : describe(expected_, want),
             have == kNone ? "nothing" : describe(actual_, have));
  }

  void mismatch(std::string_view want, std::string_view have) {
    differ(concat("the host expects ", want, ", the plugin has ", have));
  }

  // Recursion as deep as the type that the host expects.
  void type(TypeId want_id, TypeId have_id) {
    const Type& want = expected_.types[want_id];
    const Type& have = actual_.types[have_id];
    if (want.kind != have.kind || want.length != have.length) {
      mismatch(describe(expected_, want_id), describe(actual_, have_id));
      return;
    }
    switch (want.kind) {
      case Kind::record:
      case Kind::variant:
      case Kind::enumeration:
      case Kind::flags: {
        const Step step(*this, describe(expected_, want_id));
        members(part_word(want.kind), want.members, have.members);
        return;
      }
      case Kind::own:
      case Kind::borrow:
        if (want.name != have.name || want.owner != have.owner)
          mismatch(handle(want_id, expected_), handle(have_id, actual_));
        return;
      case Kind::result: {
        parts(want, have, {"the ok value", "the error value"});
        return;
      }
      case Kind::list:
      case Kind::fixed_list:
      case Kind::option:
      case Kind::stream:
      case Kind::future: {
        const bool element = want.kind != Kind::option;
        parts(want, have, {element ? "the element" : "the value"});
        return;
      }
      case Kind::map: parts(want, have, {"the key", "the value"}); return;
      case Kind::tuple: tuple(want_id, have_id); return;
      default: return;  // the same plain type
    }
  }

  // "own<bucket> (import acme:shop/store)"
  static std::string handle(TypeId id, const Contract& contract) {
    const std::string& owner = contract.types[id].owner;
    return describe(contract, id) + (owner.empty() ? "" : concat(" (", escape(owner), ")"));
  }

  void parts(const Type& want, const Type& have, const std::vector<std::string_view>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Step step(*this, std::string(names[i]));
      payload(want.members[i].type, have.members[i].type);
    }
  }

  void tuple(TypeId want_id, TypeId have_id) {
    const Type& want = expected_.types[want_id];
    const Type& have = actual_.types[have_id];
    if (want.members.size() != have.members.size()) {
      mismatch(describe(expected_, want_id), describe(actual_, have_id));
      return;
    }
    for (std::size_t i = 0; i < want.members.size(); ++i) {
      const Step step(*this, concat("element ", i));
      payload(want.members[i].type, have.members[i].type);
    }
  }

  static std::size_t position(const std::vector<Member>& all, std::string_view name) {
    const auto it = std::ranges::find(all, name, &Member::name);
    return static_cast<std::size_t>(it - all.begin());
  }

  // Parameters, fields or cases: matched by name, and their order compared.
  void members(std::string_view word, const std::vector<Member>& want,
               const std::vector<Member>& have) {
    std::vector<bool> renamed(have.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      const std::string& name = want[i].name;
      const std::size_t at = position(have, name);
      if (at < have.size()) {
        const Step step(*this, concat(word, " ", quoted(name)));
        payload(want[i].type, have[at].type);
        continue;
      }
      // Under another name in the same place?
      const bool other = i < have.size() && position(want, have[i].name) == want.size();
      if (other) {
        renamed[i] = true;
        differ(concat("the host has ", word, " ", quoted(name), ", the plugin has ",
                      quoted(have[i].name), " in its place"));
      } else {
        differ(concat("the plugin lacks ", word, " ", quoted(name)));
      }
    }
    for (std::size_t i = 0; i < have.size(); ++i)
      if (!renamed[i] && position(want, have[i].name) == want.size())
        differ(concat("the plugin has ", word, " ", quoted(have[i].name),
                      ", which the host does not know"));
    order(word, want, have);
  }

  // Only where both have the same names: otherwise the names have been spoken of already.
  void order(std::string_view word, const std::vector<Member>& want,
             const std::vector<Member>& have) {
    if (want.size() != have.size() ||
        std::ranges::equal(want, have, {}, &Member::name, &Member::name))
      return;
    if (!std::ranges::is_permutation(want, have, {}, &Member::name, &Member::name)) return;
    differ(concat("the ", word, "s are in another order: the host has ", names(want),
                  ", the plugin has ", names(have)));
  }

  static std::string names(const std::vector<Member>& members) {
    std::string out;
    for (const Member& member : members) {
      if (!out.empty()) out += ", ";
      out += escape(member.name);
    }
    return out;
  }

  void differ(std::string_view what) {
    std::string text;
    for (const std::string& step : path_) text += concat(text.empty() ? "" : ", ", step);
    text += concat(text.empty() ? "" : ": ", what);
    found_.push_back({.where = where_, .what = std::move(text)});
  }

  // One step on the way, for as long as it lives.
  class Step {
   public:
    Step(Comparison& c, std::string name) : comparison_(c) { c.path_.push_back(std::move(name)); }
    ~Step() { comparison_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Comparison& comparison_;
  };

  const Contract& expected_;
  const Contract& actual_;
  std::string where_;
  // What a plugin has of the world's own functions if it exports none: each is spoken of by name.
  const Interface no_functions_{};
  std::vector<std::string> path_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> compare_imports(const Contract& expected, const Contract& actual) {
  Comparison comparison(expected, actual);
  comparison.imports();
  return comparison.take();
}

std::vector<Difference> compare_exports(const Contract& expected, const Contract& actual) {
  Comparison comparison(expected, actual);
  comparison.exports();
  return comparison.take();
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

}  // namespace mortise::contract
