// Versions of plugins, and what is asked of one: semantic versioning 2.0.0.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mortise {

// Ordered by precedence: 1.0.0-rc.1 < 1.0.0 < 1.0.1. Builds (+..) that differ are different
// versions, ordered by their text, so that the order is one of all versions.
struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string pre{};    // "rc.1"; empty: it is a release
  std::string build{};  // "2026-11-28"

  // "1.2.3-rc.1+build", all of it. Comes from strangers: what the standard does not allow, or is
  // longer than 256 characters, is refused, with the reason.
  [[nodiscard]] static std::expected<Version, std::string_view> parse(std::string_view);

  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Version&, const Version&) = default;
  friend std::strong_ordering operator<=>(const Version&, const Version&);
};

// Which versions will do: comparisons with commas between them, all of which must hold.
//
//   1.2.3, ^1.2.3   compatible: 1.2.3 and later, before 2.0.0; ^0.2.3: before 0.3.0
//   ~1.2.3          before 1.3.0
//   =1.2.3, >=, >, <=, <
//   1, 1.2          parts may be left out: 1 is ^1.0.0, =1.2 is any 1.2.x, <=1.2 is <1.3.0
//   *               any
//
// A pre-release will do only where a comparison names one of the same three numbers.
class VersionRequirement {
 public:
  // As Version::parse. Up to 16 comparisons.
  [[nodiscard]] static std::expected<VersionRequirement, std::string_view> parse(std::string_view);

  [[nodiscard]] bool matches(const Version&) const;

 private:
  // From the first on, and before the second.
  struct Range {
    Version from{};
    Version before{};
    bool bounded = false;  // there is a `before`
    Version named{};       // what was compared with
  };
  static std::expected<Range, std::string_view> read(std::string_view comparison);

  std::vector<Range> ranges_{};
};

}  // namespace mortise
