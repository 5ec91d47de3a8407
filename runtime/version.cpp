#include <mortise/runtime/version.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include <mortise/contract/text.h>

namespace mortise {

namespace {

using Refusal = std::unexpected<std::string_view>;

constexpr std::size_t kLongest = 256;
constexpr std::size_t kMostComparisons = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// Up to the next `end`, which goes too.
std::string_view next(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

// A number without a zero before it.
bool read(std::string_view text, std::uint64_t& out) {
  if (!is_number(text) || (text.size() > 1 && text.front() == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  // One less than what fits, so that there is a next one.
  return error == std::errc() && out < std::numeric_limits<std::uint64_t>::max();
}

// Identifiers with dots between them; of a pre-release, numbers have no zero before them.
bool are_identifiers(std::string_view text, bool of_pre) {
  if (text.empty() || text.back() == '.') return false;
  while (!text.empty()) {
    const std::string_view one = next(text, '.');
    if (one.empty() || !std::ranges::all_of(one, is_of_name)) return false;
    if (of_pre && is_number(one) && one.size() > 1 && one.front() == '0') return false;
  }
  return true;
}

// Semantic versioning, 11.4: numbers before names, numbers by their value, names by their text.
std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
  const bool left_is_number = is_number(left);
  if (left_is_number != is_number(right))
    return left_is_number ? std::strong_ordering::less : std::strong_ordering::greater;
  // Of numbers without zeros before them the longer one is more; they may have any length.
  if (left_is_number && left.size() != right.size()) return left.size() <=> right.size();
  return left <=> right;
}

std::strong_ordering compare_pre(std::string_view left, std::string_view right) {
  // A release comes after its pre-releases.
  if (left.empty() || right.empty()) return left.empty() <=> right.empty();
  while (!left.empty() && !right.empty()) {
    const auto order = compare_identifiers(next(left, '.'), next(right, '.'));
    if (order != 0) return order;
  }
  return right.empty() <=> left.empty();
}

// A version of which parts may be left out: how many numbers there are.
struct Partial {
  Version version{};
  std::size_t numbers = 0;
};

std::expected<Partial, std::string_view> read_partial(std::string_view text) {
  if (text.size() > kLongest) return Refusal("a version has at most 256 characters");
  Partial out;
  const std::size_t plus = text.find('+');
  if (plus != std::string_view::npos) {
    out.version.build = text.substr(plus + 1);
    if (!are_identifiers(out.version.build, false))
      return Refusal("its build is not made of letters, digits and dashes, with dots between them");
    text = text.substr(0, plus);
  }
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    out.version.pre = text.substr(dash + 1);
    if (!are_identifiers(out.version.pre, true))
      return Refusal(
          "its pre-release is not made of letters, digits and dashes, with dots between them, and "
          "no zero before a number");
    text = text.substr(0, dash);
  }
  if (text.ends_with('.')) return Refusal("a number is missing after its last dot");
  const std::array parts{&out.version.major, &out.version.minor, &out.version.patch};
  for (std::uint64_t* part : parts) {
    if (text.empty()) break;
    if (!read(next(text, '.'), *part))
      return Refusal("its numbers are not whole numbers, of 64 bits, without a zero before them");
    ++out.numbers;
  }
  if (!text.empty()) return Refusal("it has more than three numbers");
  if (out.numbers == 0) return Refusal("it has no numbers");
  if (out.numbers < 3 && (dash != std::string_view::npos || plus != std::string_view::npos))
    return Refusal("a pre-release or build needs three numbers before it");
  return out;
}

// The first version after all those that begin with `kept` numbers of it.
Version after(const Version& version, std::size_t kept) {
  if (kept == 1) return {.major = version.major + 1};
  if (kept == 2) return {.major = version.major, .minor = version.minor + 1};
  return {.major = version.major, .minor = version.minor, .patch = version.patch + 1};
}

// Before all of its pre-releases.
Version floor_of(Version version) {
  version.pre = std::string(1, '0');
  return version;
}

// The first version after this one: builds do not count.
Version just_after(Version version) {
  version.build.clear();
  if (version.pre.empty()) return floor_of(after(version, 3));
  version.pre = concat(version.pre, ".0");
  return version;
}

// How many numbers a compatible version shares: up to the first that is not zero.
std::size_t compatible(const Partial& partial) {
  const Version& version = partial.version;
  if (version.major != 0 || partial.numbers == 1) return 1;
  return version.minor != 0 || partial.numbers == 2 ? 2 : 3;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool same_numbers(const Version& left, const Version& right) {
  return std::tie(left.major, left.minor, left.patch) ==
         std::tie(right.major, right.minor, right.patch);
}

}  // namespace

std::expected<Version, std::string_view> Version::parse(std::string_view text) {
  auto partial = read_partial(text);
  if (!partial) return Refusal(partial.error());
  if (partial->numbers != 3) return Refusal("it has fewer than three numbers");
  return std::move(partial->version);
}

std::string Version::to_string() const {
  return concat(major, ".", minor, ".", patch, pre.empty() ? "" : "-", pre,
                build.empty() ? "" : "+", build);
}

std::strong_ordering operator<=>(const Version& left, const Version& right) {
  const auto numbers = std::tie(left.major, left.minor, left.patch) <=>
                       std::tie(right.major, right.minor, right.patch);
  if (numbers != 0) return numbers;
  if (const auto pre = compare_pre(left.pre, right.pre); pre != 0) return pre;
  return left.build <=> right.build;
}

std::expected<VersionRequirement, std::string_view> VersionRequirement::parse(
    std::string_view text) {
  VersionRequirement out;
  if (text.size() > kMostComparisons * kLongest || trimmed(text).empty() ||
      trimmed(text).ends_with(','))
    return Refusal("a requirement is a comparison, or some with commas between them");
  while (!text.empty()) {
    const std::string_view comparison = trimmed(next(text, ','));
    if (comparison == "*") continue;
    auto range = read(comparison);
    if (!range) return Refusal(range.error());
    out.ranges_.push_back(*std::move(range));
    if (out.ranges_.size() > kMostComparisons)
      return Refusal("a requirement has at most 16 comparisons");
  }
  return out;
}

std::expected<VersionRequirement::Range, std::string_view> VersionRequirement::read(
    std::string_view text) {
  constexpr std::array<std::string_view, 7> kOperators{">=", "<=", "=", ">", "<", "^", "~"};
  std::string_view which = "^";
  for (const std::string_view one : kOperators)
    if (text.starts_with(one)) {
      which = one;
      text = trimmed(text.substr(one.size()));
      break;
    }
  auto partial = read_partial(text);
  if (!partial) return Refusal(partial.error());
  // Builds are not compared.
  partial->version.build.clear();
  const Version& version = partial->version;
  const Version next_one =
      partial->numbers == 3 ? just_after(version) : floor_of(after(version, partial->numbers));
  Range out{.named = version};
  if (which == ">=") {
    out.from = version;
  } else if (which == ">") {
    out.from = next_one;
  } else {
    out.bounded = true;
    if (which == "<") {
      out.before = version;
    } else if (which == "<=") {
      out.before = next_one;
    } else {
      out.from = version;
      if (which == "=") out.before = next_one;
      if (which == "~")
        out.before = floor_of(after(version, std::min<std::size_t>(partial->numbers, 2)));
      if (which == "^") out.before = floor_of(after(version, compatible(*partial)));
    }
  }
  return out;
}

bool VersionRequirement::matches(const Version& given) const {
  Version version = given;
  version.build.clear();
  const auto holds = [&](const Range& range) {
    return range.from <= version && (!range.bounded || version < range.before);
  };
  if (!std::ranges::all_of(ranges_, holds)) return false;
  return version.pre.empty() || std::ranges::any_of(ranges_, [&](const Range& range) {
           return !range.named.pre.empty() && same_numbers(range.named, version);
         });
}

}  // namespace mortise
