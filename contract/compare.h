// Two contracts beside each other: what differs, whom that breaks, and whether a component fits
// what a host expects. In the terms of WIT; all differences at once.
//
// Types are compared by structure: a record under another name is the same where functions use it,
// and where one side has no names (the engine's own types) nothing is lost but words. Resources are
// compared by name and by where they are declared.
//
// Text in the results is escaped: it is safe to print. All functions are safe to call on any
// number of threads; they use up to 256 KiB of stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>

namespace mortise::contract {

enum class Direction : std::uint8_t { imports, exports };

struct Difference {
  // The function or interface: "export techbytes:plugins/processor: process-data".
  std::string where{};
  // The way into it, and what differs there: "parameter `meta`, record `metadata`, field
  // `priority`: the host expects u32, the plugin has u64".
  std::string what{};

  // The same in parts. Expected and actual are as in "u32", "field `priority`", "version 1.0.0";
  // empty where there is nothing.
  enum class Kind : std::uint8_t {
    removed,    // not there any more
    added,      // not there before
    renamed,    // of a part: another name in the same place
    reordered,  // the same parts in another order
    type,       // another type
    async,      // a sync function on one side
    version,    // the interface under another version of its package
    too_large,  // not looked at: the contracts are too large to compare whole
  };
  Kind kind{};
  Direction direction{};
  std::string interface{};  // empty: the world itself
  std::string function{};   // empty: the interface, or a type that it declares
  std::string path{};       // empty: the function or interface as a whole
  std::string expected{};
  std::string actual{};
  // Plugins built against the expected contract, where the host goes over to the actual one.
  bool breaks_plugins = false;
  // Hosts built against the expected contract, where a plugin goes over to the actual one.
  bool breaks_hosts = false;
};

enum class Verdict : std::uint8_t { same, compatible, breaking };

struct Comparison {
  // The first kMost of them, imports first, each interface with its types before its functions.
  // What differs within a type that has a name is said once.
  std::vector<Difference> differences{};
  std::uint64_t more = 0;  // those beyond
  Verdict for_plugins{};
  Verdict for_hosts{};

  static constexpr std::size_t kMost = 10'000;
};

struct CompareOptions {
  // What the two sides are called in Difference::what.
  std::string_view expected = "the old one";
  std::string_view actual = "the new one";
  // By default the version of a package is part of the names of its interfaces, as it is for our
  // loader: plugins and hosts meet by exact names, so another version breaks both. True: interfaces
  // that differ in their version alone are the same interface.
  bool ignore_versions = false;
};

// All differences between two whole contracts. By the rules of the Component Model:
//   - a plugin breaks if it imports what is gone, or has not got what must now be exported;
//   - a host breaks if it misses what is gone from the exports, or has not got what is now
//   imported;
//   - whatever differs within a function or a type breaks both.
// Types that interfaces declare count as what links by their names (other tools than our loader)
// sees them; of imported ones those that are `used`.
// Cost: about linear; what is too large is said to be so (Kind::too_large), and breaks both.
Comparison compare(const Contract& expected, const Contract& actual,
                   const CompareOptions& options = {});

// What `actual` lacks or has otherwise of the exports that `expected` names: can a host that was
// built against `expected` call it? What `actual` has beyond is no difference. For messages of
// the loader: the sides are "the host" and "the plugin", `where` and `what` alone are given.
std::vector<Difference> compare_exports(const Contract& expected, const Contract& actual);

// The same for functions that both import: `expected` names what the host provides, and its types.
// What only one of them imports is no difference here.
std::vector<Difference> compare_imports(const Contract& expected, const Contract& actual);

// The first 20 differences as lines, one indented block for each place.
std::string explain(const std::vector<Difference>&);

// "same", "compatible", "breaking"; "removed", "added" and so on.
std::string_view to_string(Verdict);
std::string_view to_string(Difference::Kind);

}  // namespace mortise::contract
