#include <mortise/contract/detail/walk.h>

#include <algorithm>

#include <mortise/contract/text.h>

namespace mortise::contract::detail {

namespace {

using DifferenceKind = Difference::Kind;

// So much of two strangers' types is looked at: a second of work.
constexpr std::size_t kMostParts = 5'000'000;

// What the parts of a type are called in messages.
std::string_view part_word(Kind kind) {
  switch (kind) {
    case Kind::record: return "field";
    case Kind::flags: return "flag";
    default: return "case";
  }
}

std::string names(const std::vector<Member>& members) {
  constexpr std::size_t kShown = 50;
  std::string out;
  for (const Member& member : members) {
    if (&member == members.data() + kShown)
      return out + concat(" and ", members.size() - kShown, " more");
    if (!out.empty()) out += ", ";
    out += escape(member.name);
  }
  return out;
}

// "own<bucket> (import acme:shop/store)"
std::string handle(TypeId id, const Contract& contract) {
  const std::string& owner = contract.types[id].owner;
  return describe(contract, id) + (owner.empty() ? "" : concat(" (", escape(owner), ")"));
}

bool has_members(Kind kind) {
  return kind == Kind::record || kind == Kind::variant || kind == Kind::enumeration ||
         kind == Kind::flags;
}

}  // namespace

std::string in_ticks(std::string_view name) { return concat("`", escape(name), "`"); }

// One step on the way, for as long as it lives.
class Walk::Step {
 public:
  Step(Walk& walk, std::string name) : walk_(walk) { walk_.path_.push_back(std::move(name)); }
  ~Step() { walk_.path_.pop_back(); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

 private:
  Walk& walk_;
};

void Walk::enter(Direction direction, std::string_view interface, std::string_view function) {
  direction_ = direction;
  interface_ = escape(interface);
  function_ = escape(function);
  const std::string_view word = direction == Direction::imports ? "import" : "export";
  where_ =
      concat(word, " ", interface_, interface.empty() || function.empty() ? "" : ": ", function_);
  if (interface.empty() && function.empty()) where_ = concat(word, "s of the world");
  path_.clear();
}

void Walk::breaking(bool plugins, bool hosts) {
  plugins_ = plugins;
  hosts_ = hosts;
}

// "parameter `meta`, field `priority`". What is nested deeply is left out in its middle.
std::string Walk::way() const {
  constexpr std::size_t kEnd = 10;
  std::string text;
  for (std::size_t i = 0; i < path_.size(); ++i) {
    if (!text.empty()) text += ", ";
    if (i == kEnd && path_.size() > 2 * kEnd) {
      text += "..";
      i = path_.size() - kEnd - 1;
      continue;
    }
    text += path_[i];
  }
  return text;
}

void Walk::differ(DifferenceKind kind, std::string expected, std::string actual,
                  std::string_view what) {
  ++count_;
  broke_plugins_ = broke_plugins_ || plugins_;
  broke_hosts_ = broke_hosts_ || hosts_;
  if (once_ && found_.size() == Comparison::kMost) {
    ++more_;
    return;
  }
  const std::string path = way();
  found_.push_back({.where = where_,
                    .what = concat(path, path.empty() ? "" : ": ", what),
                    .kind = kind,
                    .direction = direction_,
                    .interface = interface_,
                    .function = function_,
                    .path = path,
                    .expected = std::move(expected),
                    .actual = std::move(actual),
                    .breaks_plugins = plugins_,
                    .breaks_hosts = hosts_});
}

void Walk::mismatch(DifferenceKind kind, std::string expected, std::string actual) {
  const auto or_nothing = [](const std::string& text) {
    return text.empty() ? std::string_view("nothing") : std::string_view(text);
  };
  const std::string what = concat(sides_.expected, " ", sides_.expects, " ", or_nothing(expected),
                                  ", ", sides_.actual, " has ", or_nothing(actual));
  differ(kind, std::move(expected), std::move(actual), what);
}

void Walk::signature(const Function& want, const Function& have) {
  members("parameter", want.params, have.params);
  if (want.result == kNone && have.result == kNone) return;
  const Step step(*this, "the result");
  payload(want.result, have.result);
}

void Walk::declared(std::string_view name, TypeId want, TypeId have) {
  const Type& type = expected_.types[want];
  if (has_members(type.kind) && type.name == name) return payload(want, have);
  const bool resource = type.kind == Kind::own && type.name == name;
  const Step step(*this, concat(resource ? "resource " : "type ", in_ticks(name)));
  payload(want, have);
}

// A type or its absence.
void Walk::payload(TypeId want, TypeId have) {
  if (want != kNone && have != kNone) return type(want, have);
  if (want == have) return;
  mismatch(DifferenceKind::type, want == kNone ? "" : describe(expected_, want),
           have == kNone ? "" : describe(actual_, have));
}

// Recursion as deep as the types, which kMaxNesting bounds.
void Walk::type(TypeId want, TypeId have) {
  if (!once_) return structure(want, have);
  const std::uint64_t pair = std::uint64_t{want} << 32 | have;
  const auto seen = seen_.find(pair);
  if (seen != seen_.end()) {
    // What has a name of its own was said under that; the rest is said wherever it is.
    const Type& type = expected_.types[want];
    const bool said = has_members(type.kind) && type.name == actual_.types[have].name;
    if (seen->second == Seen::equal || said) return;
  }
  const std::uint64_t before = count_;
  structure(want, have);
  seen_.insert_or_assign(pair, count_ == before ? Seen::equal : Seen::different);
}

void Walk::structure(TypeId want_id, TypeId have_id) {
  const Type& want = expected_.types[want_id];
  const Type& have = actual_.types[have_id];
  if (!spend(want.members.size() + have.members.size() + 1)) return;
  if (want.kind != have.kind || want.length != have.length) {
    mismatch(DifferenceKind::type, describe(expected_, want_id), describe(actual_, have_id));
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
      if (!same_resource(want, have))
        mismatch(DifferenceKind::type, handle(want_id, expected_), handle(have_id, actual_));
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

bool Walk::same_resource(const Type& want, const Type& have) const {
  if (want.name != have.name) return false;
  if (want.owner == have.owner) return true;
  const auto other = owners_.find(want.owner);
  return other != owners_.end() && other->second == have.owner;
}

// Whether so much may still be looked at.
bool Walk::spend(std::size_t parts) {
  if (!once_) return true;
  const bool before = visited_ <= kMostParts;
  visited_ += parts;
  if (visited_ <= kMostParts) return true;
  if (before) {
    breaking(true, true);
    differ(DifferenceKind::too_large, "", "",
           "from here on nothing was compared: the contracts are too large");
  }
  return false;
}

void Walk::parts(const Type& want, const Type& have, const std::vector<std::string_view>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Step step(*this, std::string(names[i]));
    payload(want.members[i].type, have.members[i].type);
  }
}

void Walk::tuple(TypeId want_id, TypeId have_id) {
  const Type& want = expected_.types[want_id];
  const Type& have = actual_.types[have_id];
  if (want.members.size() != have.members.size()) {
    mismatch(DifferenceKind::type, describe(expected_, want_id), describe(actual_, have_id));
    return;
  }
  for (std::size_t i = 0; i < want.members.size(); ++i) {
    const Step step(*this, concat("element ", i));
    payload(want.members[i].type, have.members[i].type);
  }
}

// Parameters, fields or cases: matched by name, and their order compared.
void Walk::members(std::string_view word, const std::vector<Member>& want,
                   const std::vector<Member>& have) {
  const Names in_want(want);
  const Names in_have(have);
  const auto named = [&](const Member& member) { return concat(word, " ", in_ticks(member.name)); };
  std::vector<bool> renamed(have.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    const std::size_t at = in_have.position(want[i].name);
    if (at < have.size()) {
      const Step step(*this, named(want[i]));
      payload(want[i].type, have[at].type);
      continue;
    }
    // Under another name in the same place?
    if (i < have.size() && !in_want.has(have[i].name)) {
      renamed[i] = true;
      differ(DifferenceKind::renamed, named(want[i]), named(have[i]),
             concat(sides_.expected, " has ", named(want[i]), ", ", sides_.actual, " has ",
                    in_ticks(have[i].name), " in its place"));
      const Step step(*this, named(want[i]));
      if (once_) payload(want[i].type, have[i].type);
    } else {
      differ(DifferenceKind::removed, named(want[i]), "",
             concat(sides_.actual, " lacks ", named(want[i])));
    }
  }
  for (std::size_t i = 0; i < have.size(); ++i)
    if (!renamed[i] && !in_want.has(have[i].name))
      differ(DifferenceKind::added, "", named(have[i]),
             concat(sides_.actual, " has ", named(have[i]), ", which ", sides_.expected,
                    " does not know"));
  order(word, want, in_want, have, in_have);
}

// Only where both have the same names: otherwise the names have been spoken of already.
void Walk::order(std::string_view word, const std::vector<Member>& want,
                 const Names<Member>& in_want, const std::vector<Member>& have,
                 const Names<Member>& in_have) {
  if (want.size() != have.size() ||
      std::ranges::equal(want, have, {}, &Member::name, &Member::name))
    return;
  const auto in = [](const Names<Member>& all) {
    return [&all](const Member& member) { return all.has(member.name); };
  };
  if (!std::ranges::all_of(want, in(in_have)) || !std::ranges::all_of(have, in(in_want))) return;
  differ(DifferenceKind::reordered, names(want), names(have),
         concat("the ", word, "s are in another order: ", sides_.expected, " has ", names(want),
                ", ", sides_.actual, " has ", names(have)));
}

}  // namespace mortise::contract::detail
