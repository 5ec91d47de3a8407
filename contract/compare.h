// Does a component fit what a host expects? All differences at once, in the terms of WIT.
#pragma once

#include <string>
#include <vector>

#include <mortise/contract/model.h>

namespace mortise::contract {

struct Difference {
  // The function or interface: "export techbytes:plugins/processor: process-data".
  std::string where;
  // The way into it, and what differs there: "parameter `meta`, record `metadata`, field
  // `priority`: the host expects u32, the plugin has u64".
  std::string what;
};

// What `actual` lacks or has otherwise of the exports that `expected` names. Types are compared
// by structure: the names of records, variants and the like are for the message alone, and where
// one side has none (the engine's own types) nothing is lost but words. What `actual` has beyond
// `expected` is no difference.
std::vector<Difference> compare_exports(const Contract& expected, const Contract& actual);

// The same for functions that both import: `expected` names what the host provides, and its types.
// What only one of them imports is no difference here.
std::vector<Difference> compare_imports(const Contract& expected, const Contract& actual);

// The first 20 differences as lines, one indented block for each place.
std::string explain(const std::vector<Difference>&);

}  // namespace mortise::contract
