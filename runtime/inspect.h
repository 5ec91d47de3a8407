// What a component, or a contract written in WIT, says of itself: for tools, and for deciding what
// to load. Nothing is compiled and no guest code runs; what strangers wrote is read in the helper
// process, as when it is loaded.
//
// Text in the results is as it was found, not escaped: see contract/text.h before printing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>

namespace mortise {

struct Description {
  // "name", "version", "description", "authors", "licenses", "homepage", "source", "revision".
  struct Label {
    std::string key;
    std::string value;
  };
  // What made it: the role is "language", "processed-by" or "sdk". The version may be empty.
  struct Tool {
    std::string role;
    std::string name;
    std::string version;
  };
  // A linear memory of one of its modules. `most` is what the module allows itself; without it the
  // host's limit is all there is.
  struct Memory {
    Bytes initial;
    std::optional<Bytes> most;
  };

  contract::Contract contract;  // with the types that interfaces declare
  std::string wit;              // all of it as WIT, which parses to the same contract
  // What this version does not run of it, or only where the host allows it. Usually none.
  std::vector<std::string> notes;
  std::vector<Label> labels;
  std::vector<Tool> tools;
  std::vector<Memory> memories;  // those that its modules define themselves
  std::uint32_t modules = 0;
  Bytes size;                       // of the file, and in it:
  Bytes code, data, debug, custom;  // code, data, debug information, other custom sections
};

// A component in a file, binary or, where the name ends in .wat, text; or what compile_ahead made
// of one. It may use what this version does not run: the notes say so. Cost: milliseconds for small
// components. Blocks the calling thread, for limits.wall at most; safe on any number of threads.
// Errors: io; bad_component, for anything else than a component, named for what it is;
// limit_exceeded (compile_..).
[[nodiscard]] Result<Description> inspect(const Engine&, const std::string& path,
                                          const CompileLimits& limits = {});

struct WitOptions {
  std::string world{};  // empty: the only one. With its package, it may be one in deps/
  // The @unstable parts that are there.
  std::vector<std::string> features{};
  bool all_features = false;
};

struct WitWorld {
  std::string name;  // "acme:shop/storefront@1.0.0"
  contract::Contract contract;
  std::vector<std::string> notes;  // as above
};

// The contract of one world of a file or a folder, the packages in whose deps/ are read too; or of
// a WIT package in binary form. Cost and threads as above.
// Errors: io; bad_component, with the line and column of each error in the WIT, or the worlds that
// there are where the one asked for is not; limit_exceeded.
[[nodiscard]] Result<WitWorld> read_wit(const Engine&, const std::string& path,
                                        const WitOptions& options = {},
                                        const CompileLimits& limits = {});

// All worlds of it, without their contracts. `options.world` means nothing here.
[[nodiscard]] Result<std::vector<WitWorld>> list_worlds(const Engine&, const std::string& path,
                                                        const WitOptions& options = {},
                                                        const CompileLimits& limits = {});

}  // namespace mortise
